//! Numbers of JSON as decimals, so that no digit is lost: `300`, `3.0e2` and `300.00` are one number, and
//! 9007199254740993 is not 9007199254740992.

use std::cmp::Ordering;

/// Larger powers of ten are nobody's number, but fit into the text of one.
const MAGNITUDE_MAX: i64 = 1_000_000_000;

/// 0.`digits` × 10^`magnitude`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal<D> {
    negative: bool,
    /// From the first digit that is not zero to the last one; a point within means nothing. Empty for zero.
    digits: D,
    magnitude: i64,
}

impl<'a> Decimal<&'a str> {
    /// Reads a number of JSON; `None` if its magnitude is absurd.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let is_digit = |byte: u8| matches!(byte, b'1'..=b'9');
        let Some(first) = mantissa.bytes().position(is_digit) else {
            return Some(Self { negative: false, digits: "", magnitude: 0 });
        };
        let last = mantissa.bytes().rposition(is_digit)?;
        let point = mantissa.find('.').unwrap_or(mantissa.len());
        let before_point = i64::try_from(point).ok()? - i64::try_from(first).ok()?;
        // After the point, the point itself is one of the bytes between.
        let before_point = if before_point < 0 { before_point + 1 } else { before_point };
        let magnitude = exponent.parse::<i64>().ok()?.checked_add(before_point)?;
        let fits = (-MAGNITUDE_MAX..=MAGNITUDE_MAX).contains(&magnitude);
        fits.then(|| Self { negative, digits: &mantissa[first..=last], magnitude })
    }

    pub(super) fn owned(self) -> Decimal<Box<str>> {
        Decimal { negative: self.negative, digits: self.digits.into(), magnitude: self.magnitude }
    }
}

impl<D: AsRef<str>> Decimal<D> {
    pub(super) fn compare<E: AsRef<str>>(&self, other: &Decimal<E>) -> Ordering {
        let sizes = || {
            let (own, others) = (digits(self.digits.as_ref()), digits(other.digits.as_ref()));
            self.magnitude.cmp(&other.magnitude).then_with(|| own.cmp(others))
        };
        self.sign().cmp(&other.sign()).then_with(|| match self.sign() {
            Sign::Minus => sizes().reverse(),
            Sign::Zero => Ordering::Equal,
            Sign::Plus => sizes(),
        })
    }

    fn sign(&self) -> Sign {
        match (self.digits.as_ref().is_empty(), self.negative) {
            (true, _) => Sign::Zero,
            (false, true) => Sign::Minus,
            (false, false) => Sign::Plus,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Minus,
    Zero,
    Plus,
}

fn digits(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(|byte| *byte != b'.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal<&str> {
        Decimal::read(text).unwrap()
    }

    #[test]
    fn numbers_are_ordered_whatever_their_spelling() {
        let ascending: [&[&str]; 13] = [
            &["-1e400", "-10E399"],
            &["-9007199254740993"],
            &["-9007199254740992", "-9007199254740992.0"],
            &["-1", "-1.0", "-0.1e1", "-10e-1"],
            &["-1e-400"],
            &["0", "-0", "0.000", "0e9", "0e99999999999999999999", "-0.0E-7"],
            &["0.01", "1e-2", "0.10e-1", "100e-4"],
            &["0.1", "0.100"],
            &["0.10000000000000000001"],
            &["300", "3e2", "300.0", "3.00E+2", "0.3e3"],
            &["9007199254740992"],
            &["9007199254740993", "9007199254740993.00", "9.007199254740993e15"],
            &["36893488147419103233"],
        ];
        for (rank, spellings) in ascending.iter().enumerate() {
            for (other_rank, others) in ascending.iter().enumerate() {
                for (one, other) in spellings.iter().flat_map(|one| others.iter().map(move |b| (one, b))) {
                    let expected = rank.cmp(&other_rank);
                    assert_eq!(decimal(one).compare(&decimal(other)), expected, "{one} {other}");
                }
            }
        }
    }

    #[test]
    fn absurd_magnitudes_are_no_numbers() {
        for text in ["1e1000000001", "1e-1000000002", "-1e99999999999999999999", "1e9223372036854775807"] {
            assert!(Decimal::read(text).is_none(), "{text}");
        }
        assert!(Decimal::read("1e999999999").is_some());
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_integers(one in any::<i64>(), other in any::<i64>(), zeros in 0_u32..3) {
            let (one_text, other_text) = (format!("{one}.0"), format!("{}e-{zeros}", i128::from(other) * 10_i128.pow(zeros)));
            prop_assert_eq!(decimal(&one_text).compare(&decimal(&other_text)), one.cmp(&other));
        }

        #[test]
        fn the_order_is_that_of_floats(one in -1e3..1e3_f64, other in -1e-3..1e-3_f64) {
            for (one, other) in [(one, other), (other, one), (one, one), (one, -one)] {
                let (one_text, other_text) = (format!("{one:e}"), other.to_string());
                let expected = one.partial_cmp(&other).unwrap();
                prop_assert_eq!(decimal(&one_text).compare(&decimal(&other_text)), expected);
            }
        }
    }
}
