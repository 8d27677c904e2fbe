//! What browsers are told about replies that are no page of the app, so that nothing of them runs or is kept.
//!
//! Leaves out the app's own pages and files, which the platform serves under `public/_headers`.

/// The headers of every such reply.
pub const HEADERS: [(&str, &str); 5] = [
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    (
        "content-security-policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// The header that has browsers come by TLS alone. Without TLS it says nothing, as anybody might have written it.
pub const TLS_ALONE: (&str, &str) = ("strict-transport-security", "max-age=31536000");
