//! The level that a judge expects, from how likely it held each level to be.

/// Less likely levels are left out.
const LEAST: f64 = 0.01;

/// Gives the mean of the levels that a judge could have written in place of the one it wrote.
///
/// Levels are 0 to `highest`. `likely` are the tokens in that place with the logarithms of their probabilities. Tokens that are no
/// level are left out; when none is left, what was written counts. Source: the weighting of G-Eval.
pub fn expected_level(written: u8, likely: &[(&str, f64)], highest: u8) -> f64 {
    let (mut weights, mut sum) = (0.0, 0.0);
    for (token, logprob) in likely {
        let probability = libm::exp(*logprob);
        let is_decimal = token.bytes().all(|byte| byte.is_ascii_digit());
        let Some(level) = token.parse::<u8>().ok().filter(|&level| is_decimal && level <= highest) else {
            continue;
        };
        if probability >= LEAST {
            weights += probability;
            sum += probability * f64::from(level);
        }
    }
    if weights > 0.0 { sum / weights } else { f64::from(written) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_level_does_not_count() {
        assert_eq!(expected_level(3, &[], 5), 3.0);
        assert_eq!(expected_level(3, &[("7", -0.1), ("+4", -0.1), ("", -0.1), ("4", -9.0)], 5), 3.0);
        assert_eq!(expected_level(3, &[("2", -0.5), ("x", -1.0)], 5), 2.0);
    }
}
