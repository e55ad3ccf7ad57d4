/** What a visitor reads for each code of the rules, in English. `{limit}` is the limit that a code carries. */
export const codes = {
  required: 'Please fill this in.',
  too_long: 'Please use at most {limit} characters.',
  control_character: 'Please remove the invisible characters.',
  not_text: 'Please enter text.',
  not_boolean: 'Please choose yes or no.',
  not_whole_number: 'Please enter a whole number.',
  number_too_small: 'Please enter at least {limit}.',
  number_too_large: 'Please enter at most {limit}.',
  not_date: 'Please enter a date, as in 2026-11-23.',
  date_too_early: 'Please enter {limit} or a later date.',
  date_too_late: 'Please enter {limit} or an earlier date.',
  not_amount: 'Please enter an amount such as 1250.50.',
  not_date_time: 'Please enter a date and time.',
  out_of_range: 'Please enter a value within the allowed range.',
  cursor_invalid: 'This page of the list cannot be read.',
  unknown_value: 'Please choose one of the values on offer.',
  unknown_member: 'This form asks for something that cannot be received.',
  read_only_member: 'This form sends something that only the receiver may set.',
  duplicate_member: 'This form asks for the same thing twice.',
  invalid_utf8: 'Some characters could not be read. Please type them again.',
  malformed_json: 'The form could not be read. Please send it again.',
  not_object: 'The form could not be read. Please send it again.',
  idempotency_key_invalid: 'The form could not be sent. Please reload the page and send it again.',
  malformed_escape: 'The form could not be read. Please send it again.',
  name_without_letter: 'Please enter a name with at least one letter.',
  email_missing_at: 'An e-mail address needs an @, as in name@example.com.',
  email_many_ats: 'An e-mail address has only one @.',
  email_local_part: 'Please check the part before the @.',
  email_local_too_long: 'The part before the @ is too long.',
  email_domain: 'Please check the part after the @.',
  email_top_level: 'The part after the @ is incomplete, as in example.com.',
  email_special_use: 'Mail cannot reach this address. Please use another one.',
  email_too_long: 'This e-mail address is too long.',
  free_mail_domain: 'Please enter a domain of the company’s own.',
  not_gstin: 'Please check the GSTIN.',
  phone_characters: 'Please use only digits, spaces and + - . / ( ).',
  phone_too_short: 'This phone number is too short.',
  phone_too_long: 'This phone number is too long.',
  phone_not_possible: 'This phone number cannot exist in its country. For another country, start with + and its code.',
  country_unknown: 'Please enter a country by its English name or its two-letter code.',
  not_web_address: 'Please enter a web address, as in https://example.com.',
  not_locale: 'Please enter a language tag, such as en or pt-BR.',
};

/** Everything else that the element says. */
export const texts = {
  summary: 'Please check the form',
  sending: 'Sending…',
  sent: 'Thank you',
  sentMore: 'Your message has reached us. We will be in touch soon.',
  suggestion: 'Did you mean {value}?',
  retry: 'Try again',
  offline: 'The connection failed. Your answers are kept, and we are trying again.',
  lost: 'We could not reach the server. Your answers are still here.',
  waiting: 'Many people are writing just now. Your answers are kept and are sent in {seconds} seconds.',
  countdown: 'Many people are writing just now. Sending in {seconds} s.',
  forbidden: 'This form may not be sent from this website. Please contact us in another way.',
  gone: 'This form no longer exists. Please contact us in another way.',
  tooLarge: 'This is more than we can receive. Please shorten your message.',
  unsupported: 'The form could not be read. Please reload the page and send it again.',
  refused: 'The form could not be sent. Please contact us in another way.',
};

/** `text` with each `{name}` replaced by `values[name]`; undefined where a value is missing. */
export function fill(text, values) {
  let complete = true;
  const filled = text.replace(/\{(\w+)\}/g, (_, name) => {
    complete &&= values[name] !== undefined;
    return values[name];
  });
  return complete ? filled : undefined;
}
