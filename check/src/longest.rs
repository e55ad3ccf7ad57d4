//! The most characters (Unicode scalar values) of the values that have types of their own.

/// A first or last name.
pub const PERSON_NAME: u16 = 100;
/// A company's name.
pub const COMPANY_NAME: u16 = 200;
/// An e-mail address, in octets (RFC 5321, section 4.5.3.1.3, less the path's brackets).
pub const EMAIL: u16 = 254;
/// A telephone number as written (seed, Step 1.1).
pub const PHONE: u16 = 20;
/// A country's name.
pub const COUNTRY: u16 = 100;
/// A source.
pub const LEAD_SOURCE: u16 = 100;
/// A budget.
pub const BUDGET_RANGE: u16 = 100;
/// A span of time.
pub const TIMELINE: u16 = 100;
/// A website.
pub const WEBSITE: u16 = 255;
/// A language tag (RFC 5646, section 4.4.1).
pub const LOCALE: u16 = 35;
