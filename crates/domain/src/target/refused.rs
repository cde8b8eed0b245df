//! The reasons for which a URL is not taken: a stable code for programs, a sentence for people.

use std::net::IpAddr;

use crate::address::Denied;
use crate::limits::URL_BYTES_MAX;

/// Why a text is not a URL that may be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefused {
    /// Longer than [`URL_BYTES_MAX`].
    #[error("The URL is longer than {URL_BYTES_MAX} bytes.")]
    TooLong,
    /// A control character or a space, which some parsers remove and others do not.
    #[error("The URL has a control character or a space in it; write it percent-encoded.")]
    ControlOrSpace,
    /// A backslash, which some parsers take for a slash.
    #[error("The URL has a backslash in it; write %5C if it is meant.")]
    Backslash,
    /// No URL by the WHATWG standard, or a host that is no host name.
    #[error("The text is not a valid absolute URL: {0}.")]
    Invalid(String),
    /// Neither `http` nor `https`.
    #[error("The URL must begin with https:// or http://.")]
    Scheme,
    /// `http:host` or `http:///host`, which parsers read differently.
    #[error("The host must follow directly after https:// or http://.")]
    NotAbsolute,
    /// A user or password, or an `@` before the host.
    #[error("The URL must not have a user or a password in it.")]
    Userinfo,
    /// A percent sign in the host.
    #[error("The host must not be percent-encoded.")]
    PercentInHost,
    /// An address that is not written in its canonical form.
    #[error("The host is another spelling of the address {0}; write the address itself.")]
    NonCanonicalIp(IpAddr),
    /// A literal address that is not public and was not opened.
    #[error("The address may not be called: {0}.")]
    IpNotPublic(Denied),
    /// Characters that stand for other ones, such as full-width letters.
    #[error("The host has characters that stand for others; write it in its normal form.")]
    HostChanges,
    /// A label that is empty or over 63 bytes, or a name over 253 bytes.
    #[error("The host is not a domain name: labels have 1 to 63 bytes, the name at most 253.")]
    DnsLength,
    /// A name that means something else in each network.
    #[error("The host must be a full public domain name; local and reserved names are not called.")]
    SpecialUse,
    /// A port on which no public web server listens.
    #[error("The port {0} may not be called: use 80, 443, or a port from 1024 to 49151 that serves HTTP.")]
    Port(u16),
    /// A stored text that is not the canonical form that [`Target::parse`] made.
    #[error("The stored URL is not in its canonical form; register it again.")]
    NotCanonical,
}

impl TargetRefused {
    /// The reason as a stable code.
    pub fn code(&self) -> &'static str {
        match self {
            TargetRefused::TooLong => "url_too_long",
            TargetRefused::ControlOrSpace => "control_or_space",
            TargetRefused::Backslash => "backslash",
            TargetRefused::Invalid(_) => "url_invalid",
            TargetRefused::Scheme => "scheme",
            TargetRefused::NotAbsolute => "not_absolute_authority_form",
            TargetRefused::Userinfo => "userinfo",
            TargetRefused::PercentInHost => "percent_in_host",
            TargetRefused::NonCanonicalIp(_) => "non_canonical_ip",
            TargetRefused::IpNotPublic(_) => "ip_not_public",
            TargetRefused::HostChanges => "host_changes_under_normalisation",
            TargetRefused::DnsLength => "dns_length",
            TargetRefused::SpecialUse => "special_use_or_single_label",
            TargetRefused::Port(_) => "port_policy",
            TargetRefused::NotCanonical => "not_canonical",
        }
    }
}
