//! What browsers are told about replies that are no page of the app, so that nothing of them runs or is kept.
//!
//! Leaves out the app's own pages and files, which the platform serves under `public/_headers`.

/// The headers of every such reply of Assay's own.
pub const HEADERS: [(&str, &str); 5] =
    guarding("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");

/// The headers of every reply of the gateway, whoever wrote it: what a provider answers may be a page, and whoever opens it
/// in a browser is signed in here. In a sandbox it is of no origin, and nothing of it runs.
pub const OF_GATEWAY: [(&str, &str); 5] = guarding("default-src 'none'; sandbox; frame-ancestors 'none'");

const fn guarding(policy: &'static str) -> [(&'static str, &'static str); 5] {
    [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", policy),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ]
}

/// The header that has browsers come by TLS alone. Without TLS it says nothing, as anybody might have written it.
pub const TLS_ALONE: (&str, &str) = ("strict-transport-security", "max-age=31536000");
