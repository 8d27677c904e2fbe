//! What the provider of the simulation holds to be true when nothing is wrong. Leaves out how it says so.

/// What the target says to a request.
pub fn answer_to(request: &str) -> String {
    format!("An answer to: {request}")
}

/// The level that every judge gives a response on a criterion. Source of the hash: FNV-1a.
pub fn level_of(criterion: usize, response: &str) -> u8 {
    let hash = response.bytes().fold(0xcbf2_9ce4_8422_2325_u64 ^ criterion as u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    u8::try_from((hash >> 32) % 6).unwrap()
}

/// The score of the answer to a request.
pub fn score_of(request: &str, criteria: usize) -> f64 {
    let answer = answer_to(request);
    let levels: u64 = (0..criteria).map(|criterion| u64::from(level_of(criterion, &answer))).sum();
    levels as f64 / (5 * criteria) as f64
}
