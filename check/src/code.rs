//! The stable codes of refused values (spec L2).

use crate::Date;
use alloc::borrow::Cow;
use alloc::string::{String, ToString};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $(($arg:ident: $ty:ty))? = $text:literal, $detail:literal;)*) => {
        /// Why a value is refused. The text of a code never changes; a code may carry the limit it names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $name $(($ty))?,)* }

        impl Code {
            /// The stable name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(codes!(@pattern $name $($arg)?) => $text,)* }
            }

            /// The rule in English.
            #[must_use]
            pub fn detail(self) -> Cow<'static, str> {
                match self { $(codes!(@bind $name $($arg)?) => codes!(@detail $detail $(, $arg)?),)* }
            }

            /// The limit that a code carries, as the rule names it.
            #[must_use]
            pub fn limit(self) -> Option<String> {
                match self { $(codes!(@bind $name $($arg)?) => codes!(@limit $($arg)?),)* }
            }

            /// Every code's name and English rule, in the order of the docs page.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$(($text, $detail),)*];
        }
    };
    (@pattern $name:ident) => { Self::$name };
    (@pattern $name:ident $arg:ident) => { Self::$name(_) };
    (@limit) => { None };
    (@limit $arg:ident) => { Some($arg.to_string()) };
    (@bind $name:ident) => { Self::$name };
    (@bind $name:ident $arg:ident) => { Self::$name($arg) };
    (@detail $detail:literal) => { Cow::Borrowed($detail) };
    (@detail $detail:literal, $arg:ident) => { Cow::Owned($detail.replace(concat!("{", stringify!($arg), "}"), &$arg.to_string())) };
}

codes! {
    /// A needed value is missing or blank.
    Required = "required", "A value is needed here.";
    /// More characters than the field holds (Unicode scalar values).
    TooLong(max: u16) = "too_long", "At most {max} characters are allowed.";
    /// A control character that the field does not allow.
    ControlCharacter = "control_character", "Control characters are not allowed.";
    /// JSON of another type than text.
    NotText = "not_text", "Text is expected.";
    /// Neither true nor false.
    NotBoolean = "not_boolean", "True or false is expected.";
    /// Not a whole number in range.
    NotWholeNumber = "not_whole_number", "A whole number in range is expected.";
    /// Not an exact amount of money in its currency.
    NotAmount = "not_amount", "An amount such as 1250.50 is expected, with no more decimals than its currency has.";
    /// A whole number below the form's least.
    NumberTooSmall(min: i64) = "number_too_small", "At least {min} is expected.";
    /// A whole number above the form's most.
    NumberTooLarge(max: i64) = "number_too_large", "At most {max} is expected.";
    /// No day of the calendar.
    NotDate = "not_date", "A date such as 2026-11-23 is expected.";
    /// A day before the form's first.
    DateTooEarly(min: Date) = "date_too_early", "A date from {min} on is expected.";
    /// A day after the form's last.
    DateTooLate(max: Date) = "date_too_late", "A date up to {max} is expected.";
    /// Not an RFC 3339 date-time.
    NotDateTime = "not_date_time", "A date-time such as 2026-11-23T10:00:00Z is expected.";
    /// Not the text of a UUIDv7.
    NotId = "not_id", "An id such as 0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b is expected.";
    /// An id that names nothing the caller may see.
    UnknownReference = "unknown_reference", "There is no such record.";
    /// JSON, but no array.
    NotList = "not_list", "A list is expected.";
    /// More items than the list holds.
    TooMany(max: u16) = "too_many", "At most {max} items are allowed.";
    /// A value beyond what makes sense here, such as a moment that has not come.
    OutOfRange = "out_of_range", "This value is outside the range that is allowed here.";
    /// A cursor that no list with this sort has given.
    CursorInvalid = "cursor_invalid", "This cursor does not belong to a list with this sort.";
    /// A value outside a closed list.
    UnknownValue = "unknown_value", "This value is not one of those allowed.";
    /// A member that nobody defined.
    UnknownMember = "unknown_member", "This member is not known.";
    /// A member that only the system sets, such as the owner or the score.
    ReadOnlyMember = "read_only_member", "This member is set by the system and cannot be sent.";
    /// The same JSON key or form name twice.
    DuplicateMember = "duplicate_member", "This member appears more than once.";
    /// Bytes that are not UTF-8.
    InvalidUtf8 = "invalid_utf8", "The text is not valid UTF-8.";
    /// Not JSON, or JSON that nests too deep.
    MalformedJson = "malformed_json", "The body is not well-formed JSON.";
    /// JSON, but no object.
    NotObject = "not_object", "A JSON object is expected.";
    /// An `Idempotency-Key` that is empty, too long or holds more than visible ASCII.
    IdempotencyKeyInvalid = "idempotency_key_invalid", "An idempotency key has 1 to 255 visible ASCII characters.";
    /// A broken `%` escape in a form body.
    MalformedEscape = "malformed_escape", "The form body has a broken percent escape.";
    /// A person's name that holds no letter.
    NameWithoutLetter = "name_without_letter", "A name needs at least one letter.";
    /// No `@`.
    EmailMissingAt = "email_missing_at", "An e-mail address needs an @ sign.";
    /// More than one `@`.
    EmailManyAts = "email_many_ats", "An e-mail address has exactly one @ sign.";
    /// Nothing, or something other than a dot-atom, before the `@`.
    EmailLocalPart = "email_local_part", "The part before the @ sign is not valid.";
    /// More than 64 octets before the `@`.
    EmailLocalTooLong = "email_local_too_long", "The part before the @ sign is too long.";
    /// A domain that no host name can be.
    EmailDomain = "email_domain", "The part after the @ sign is not a valid domain.";
    /// A domain without a dot, or whose top level cannot exist.
    EmailTopLevel = "email_top_level", "The domain after the @ sign is incomplete.";
    /// A reserved domain such as `.test` or `.local` (RFC 6761).
    EmailSpecialUse = "email_special_use", "Mail cannot be delivered to this reserved domain.";
    /// More than 254 octets in all.
    EmailTooLong = "email_too_long", "The e-mail address is too long.";
    /// A free or throw-away mail domain where a company's own is wanted.
    FreeMailDomain = "free_mail_domain", "Anybody can have an address in this domain, so it names no company.";
    /// No GSTIN: its shape, its state or its check character is wrong.
    NotGstin = "not_gstin", "This is not a GSTIN: 15 characters with the right check character are expected.";
    /// Letters or signs that no telephone number has.
    PhoneCharacters = "phone_characters", "A phone number has only digits, spaces and + - . / ( ).";
    /// Fewer digits than any number has.
    PhoneTooShort = "phone_too_short", "The phone number is too short.";
    /// More digits than any number has.
    PhoneTooLong = "phone_too_long", "The phone number is too long.";
    /// No such length or calling code in the numbering plan of its country.
    PhoneNotPossible = "phone_not_possible", "This phone number cannot exist in its country.";
    /// Neither an ISO 3166-1 alpha-2 code nor an English country name.
    CountryUnknown = "country_unknown", "This country is not known; use its two-letter code or English name.";
    /// Not an http or https address.
    NotWebAddress = "not_web_address", "A web address is expected.";
    /// Not a BCP 47 language tag.
    NotLocale = "not_locale", "A language tag such as en or pt-BR is expected.";
    /// A condition that asks about nothing known, in no known way, or can never hold.
    ConditionInvalid = "condition_invalid", "A condition asks about known facts by the operators that they have, and can hold.";
    /// No time of day.
    NotTimeOfDay = "not_time_of_day", "A time of day such as 09:30 is expected.";
    /// No time zone of the IANA database.
    NotTimeZone = "not_time_zone", "An IANA time zone such as Asia/Kolkata is expected.";
    /// A value that only another trigger has.
    NotWithTrigger = "not_with_trigger", "Only sequences with another trigger have this value.";
    /// A template names a value that there is not, or where none may stand.
    TemplateValue = "template_value", "A template names only known values, where they can be escaped.";
    /// HTML that is broken, or that mail programs take out.
    TemplateMarkup = "template_markup", "The HTML of a mail is sound and holds nothing that mail programs take out.";
    /// A field's name that is not of its shape, or that the system uses.
    NotFieldName = "not_field_name", "A field of your own is named by a small letter and up to 39 small letters, digits or underscores, and by no name the system uses.";
    /// A lead's own field under a type that cannot hold its values.
    FieldTypeUnfit = "field_type_unfit", "This field of the lead cannot be asked for by this type.";
    /// A member that only fields of another type have.
    NotWithType = "not_with_type", "Only fields of another type have this member.";
    /// A field that no step or more than one has.
    NotInOneStep = "not_in_one_step", "Each field stands in exactly one step.";
    /// A field that every lead needs, but that some visitors would not be asked.
    UnreachableRequired = "unreachable_required_field", "Every visitor is asked for first name, last name, company, e-mail and phone: required, under no condition, in no step that can be skipped.";
    /// A translation of something that the form does not say.
    UnknownPlace = "unknown_place", "The form says nothing at this place.";
    /// A web address that this form may not send visitors to.
    NotAllowedHere = "not_allowed_here", "This address is neither of an allowed origin nor of a host that the form may lead to.";
    /// Not the origin of a website.
    NotOrigin = "not_origin", "An origin such as https://www.example.com is expected.";
    /// Not a host name.
    NotHost = "not_host", "A host name such as www.example.com is expected.";
    /// Not a colour.
    NotColour = "not_colour", "A colour such as #1a5fb4 is expected.";
    /// Not the name of a type face.
    NotFont = "not_font", "Names of type faces, parted by commas, are expected.";
}

/// The codes that no answer of a visitor gives: of values that only the API takes, and of pages that send what no form is.
/// The widget has no words of its own for them.
pub const API_ONLY: &[Code] = &[
    Code::NotText,
    Code::NotBoolean,
    Code::UnknownMember,
    Code::ReadOnlyMember,
    Code::DuplicateMember,
    Code::InvalidUtf8,
    Code::MalformedJson,
    Code::NotObject,
    Code::IdempotencyKeyInvalid,
    Code::MalformedEscape,
    Code::NotLocale,
    Code::NotAmount,
    Code::NotDateTime,
    Code::NotId,
    Code::UnknownReference,
    Code::NotList,
    Code::TooMany(0),
    Code::OutOfRange,
    Code::CursorInvalid,
    Code::FreeMailDomain,
    Code::NotGstin,
    Code::ConditionInvalid,
    Code::NotTimeOfDay,
    Code::NotTimeZone,
    Code::NotWithTrigger,
    Code::TemplateValue,
    Code::TemplateMarkup,
    Code::NotFieldName,
    Code::FieldTypeUnfit,
    Code::NotWithType,
    Code::NotInOneStep,
    Code::UnreachableRequired,
    Code::UnknownPlace,
    Code::NotAllowedHere,
    Code::NotOrigin,
    Code::NotHost,
    Code::NotColour,
    Code::NotFont,
];

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn codes_are_unique() {
        let mut names: Vec<_> = Code::ALL.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
