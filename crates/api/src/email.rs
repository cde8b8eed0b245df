//! The syntax of an e-mail address: what people have, not all that RFC 5322 allows. Quoted local parts,
//! comments, address literals and hosts without a dot are refused.

use domain::limits::EMAIL_BYTES_MAX;

/// The part before the `@`, by RFC 5321 section 4.5.3.1.
const LOCAL_BYTES_MAX: usize = 64;
/// A label of a domain name.
const LABEL_BYTES_MAX: usize = 63;

/// Whether the text is an e-mail address. Letters of all scripts are allowed (RFC 6531).
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    text.len() <= EMAIL_BYTES_MAX
        && local.len() <= LOCAL_BYTES_MAX
        && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_char))
        && is_domain(domain)
}

fn is_atom_char(char: char) -> bool {
    char.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(char)
}

fn is_domain(domain: &str) -> bool {
    let top_is_no_number =
        domain.rsplit('.').next().is_some_and(|top| !top.bytes().all(|b| b.is_ascii_digit()));
    domain.contains('.') && top_is_no_number && domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|char| char.is_alphanumeric() || char == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_people_have_pass() {
        let longest =
            format!("{}@{}.{}.{}.nl", "a".repeat(64), "b".repeat(63), "c".repeat(63), "d".repeat(58));
        assert_eq!(longest.len(), EMAIL_BYTES_MAX);
        let good = [
            "a@b.nl",
            "ada.lovelace+jobs@example.com",
            "o'neil_99@mail.example.co.uk",
            "x@xn--bcher-kva.example",
            "bücher@bücher.example",
            "用户@例子.公司",
            "1@2.n3",
            longest.as_str(),
        ];
        for email in good {
            assert!(is_email(email), "{email}");
        }
    }

    #[test]
    fn other_texts_do_not() {
        let long_local = format!("{}@b.nl", "a".repeat(65));
        let long_label = format!("a@{}.nl", "b".repeat(64));
        let too_long =
            format!("{}@{}.{}.{}.nl", "a".repeat(64), "b".repeat(63), "c".repeat(63), "d".repeat(59));
        let bad = [
            "",
            "@",
            "a",
            "a@",
            "@b.nl",
            "a@b",
            "a@b.",
            "a@.nl",
            "a@b..nl",
            ".a@b.nl",
            "a.@b.nl",
            "a..b@c.nl",
            "a b@c.nl",
            "a@b c.nl",
            "a@b.nl ",
            " a@b.nl",
            "a@b@c.nl",
            "a@-b.nl",
            "a@b-.nl",
            "a@b_c.nl",
            "\"a\"@b.nl",
            "a@[1.2.3.4]",
            "a@1.2.3.4",
            "a\n@b.nl",
            "a\0@b.nl",
            "a@b.nl\r\nBcc: c@d.nl",
            "<a@b.nl>",
            "a(b)@c.nl",
            "a,b@c.nl",
            &long_local,
            &long_label,
            &too_long,
        ];
        for email in bad {
            assert!(!is_email(email), "{email:?}");
        }
    }
}
