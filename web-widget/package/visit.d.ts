/** Where a visit came from, by the names of a submission's members. */
export type Touch = Partial<Record<
  'utm_source' | 'utm_medium' | 'utm_campaign' | 'utm_term' | 'utm_content' | 'gclid' | 'gbraid' | 'wbraid' | 'msclkid' | 'fbclid'
  | 'referrer' | 'landing_page', string>>;

/** Keeps where the visitor came from. Call it only once consent allows to. */
export function remember(): void;
/** Drops what was kept. */
export function forget(): void;
/** What is kept. */
export function recalled(): { first?: Touch; last?: Touch };
