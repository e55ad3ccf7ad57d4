// Fills a local D1 database with leads, straight in its SQLite file while no worker has it open: a worker would take
// minutes. One JSON argument: {state, company_id, owners, from, to, flow?, due?}; leads `from` (included) to `to` (not), with
// `due` all of them due for the first mail of a sequence that has two, with
// `flow` also what follows them: an account for three leads, a contact each, an opportunity for every other one, of
// which every fifth is won, and an activity and an audit row each.
//
// Names are made of syllables chosen by a hash, so that keys spread over the indexes as real ones do: three leads share a
// company and its e-mail domain, and of the 4,096 family names the commonest belongs to 1.6 % of all people.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const SYLLABLES = "bacedifoguhajekilomunaperisotuva";
const CREATED_AT = 1_750_000_000_000;

/** SQL for `count` syllables, each from four bits of a number. */
function spelled(number, count) {
  const syllable = (_, place) => `substr('${SYLLABLES}', 1 + 2 * ((${number} >> ${4 * place}) & 15), 2)`;
  return Array.from({ length: count }, syllable).join(" || ");
}

const LEAD = (n) => `printf('01890000-0000-7000-8000-%012x', ${n})`;
const ATTRIBUTION = JSON.stringify({ lead_source: "website_form", campaign: "spring", attribution_inferred: false });
const HASH = "4294967296";
const LEADS = `
  WITH RECURSIVE
    numbers (n) AS (SELECT ?3 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?4),
    hashed AS (SELECT n, (n * 2654435761) % ${HASH} AS h, (n / 3 * 2246822519) % ${HASH} AS c FROM numbers),
    families AS (SELECT n, h, c, ((h >> 12) & 4095) * ((h >> 12) & 4095) >> 12 AS f FROM hashed),
    named AS (SELECT n, ${spelled("h", 3)} AS first, ${spelled("f", 3)} AS last, ${spelled("c", 6)} AS firm FROM families)
  INSERT INTO leads (company_id, id, first_name, last_name, company_name, email, phone, country, lead_source, campaign,
    attribution, lead_owner_id, status, stage, fit, engagement, score_raw, lead_score, policy_version, spam_score,
    spam_reasons, validation_status, email_key, email_domain, phone_e164, last_name_key, company_key, created_at, updated_at)
  SELECT ?1, ${LEAD("n")}, first, last, firm || ' Ltd', first || n || '@' || firm || '.com',
    printf('+9197%08d', n), 'IN', 'website_form', 'spring', '${ATTRIBUTION}', json_extract(?2, '$[' || (n % json_array_length(?2)) || ']'),
    'new', 'awareness', '[]', '{}', n % 60, n % 60, 'default-1', 0, '[]', 'valid', first || n || '@' || firm || '.com',
    firm || '.com', printf('+9197%08d', n), last, firm, ${CREATED_AT} + n, ${CREATED_AT} + n
  FROM named`;

const TOUCHES = `
  INSERT INTO touches (company_id, idem_key, id, lead_id, attempt_id, digest, effect, attribution, submitted, spam_score,
    spam_reasons, created_at)
  SELECT company_id, 'fill:' || hex(randomblob(16)), id, id, id, hex(randomblob(32)), 'created', '{}', '{}', 0, '[]', created_at
  FROM leads WHERE company_id = ?1 AND created_at >= ${CREATED_AT} + ?2 AND created_at < ${CREATED_AT} + ?3`;

const ACCOUNT = `printf('01890000-0000-7001-8000-%012x', n / 3)`;
const WON = "n % 10 = 0";
const OF_LEADS = `
  FROM (SELECT *, created_at - ${CREATED_AT} AS n FROM leads WHERE company_id = ?1
    AND created_at >= ${CREATED_AT} + ?2 AND created_at < ${CREATED_AT} + ?3)`;

const FLOW = [
  `INSERT INTO accounts (company_id, id, name, company_key, domain, account_owner_id, account_type, health_score,
     lifecycle_stage, created_at, updated_at)
   SELECT company_id, ${ACCOUNT}, company_name, company_key, email_domain, lead_owner_id, 'prospect', 'green', 'MQA',
     created_at, created_at ${OF_LEADS} WHERE n % 3 = 0`,
  `INSERT INTO contacts (company_id, id, account_id, name, name_key, email, email_key, phone, phone_e164, is_primary_contact,
     created_at, updated_at)
   SELECT company_id, printf('01890000-0000-7002-8000-%012x', n), ${ACCOUNT}, first_name || ' ' || last_name,
     first_name || ' ' || last_name, email, email_key, phone, phone_e164, n % 3 = 0, created_at, created_at ${OF_LEADS}`,
  `INSERT INTO opportunities (company_id, id, account_id, primary_contact_id, name, name_key, deal_value, currency,
     pipeline_stage, probability, forecast_category, close_date, owner_id, closed_at, created_at, updated_at)
   SELECT company_id, printf('01890000-0000-7003-8000-%012x', n), ${ACCOUNT}, NULL, company_name, company_key,
     100000 + n % 1000, 'INR', iif(${WON}, 'closed_won', 'prospect'), iif(${WON}, 100, 10), iif(${WON}, 'commit', 'best_case'),
     ?4 + n % 300 * 86400000, lead_owner_id, iif(${WON}, ?4 - n % 300 * 86400000, NULL), created_at, created_at
   ${OF_LEADS} WHERE n % 2 = 0`,
  `INSERT INTO activities (company_id, id, related_to_type, related_to_id, activity_type, owner_id, occurred_at, follow_up_at,
     created_at, updated_at)
   SELECT company_id, printf('01890000-0000-7004-8000-%012x', n), 'lead', ${LEAD("n")}, 'note', lead_owner_id, created_at,
     created_at, created_at, created_at ${OF_LEADS}`,
  `INSERT INTO audit_logs (company_id, id, entity_type, entity_id, action, request_id, created_at)
   SELECT company_id, printf('01890000-0000-7005-8000-%012x', n), 'lead', ${LEAD("n")}, 'create', id, created_at ${OF_LEADS}`,
];

const SEQUENCE = "01890000-0000-7006-8000-000000000000";
const TEXT = "Hello {{lead.first_name}}, pumps of every size: https://example.com/pumps";
const STEPS = JSON.stringify(
  [0, 3].map((delay_days, at) => ({
    step_number: at + 1, delay_days, is_active: true, subject: "Pumps for {{lead.company_name}}",
    body: `<p>${TEXT}</p>`, body_text: TEXT,
  })),
);
const DEFINITION = JSON.stringify({
  trigger_event: "lead_created", score_threshold: null, to_status: null, condition: null, score_max: 70, send_window: null,
  daily_cap_per_lead: 3, daily_cap_per_domain: null, exit_statuses: "[]", exit_condition: null, steps: STEPS,
});
const DUE = [
  ["UPDATE leads SET gdpr_consent = 1 WHERE company_id = ?1"],
  ["UPDATE company_settings SET mail_address = 'hello@example.com', postal_address = '1 Dock Rd' WHERE company_id = ?1"],
  [
    `INSERT INTO sequences (company_id, id, name, is_active, active_since, trigger_event, score_max, daily_cap_per_lead,
       exit_statuses, created_at, updated_at, steps)
     VALUES (?1, '${SEQUENCE}', 'Pumps', 1, ?2, 'lead_created', 70, 3, '[]', 1, 1, ?3)`,
    BigInt(Date.now()), STEPS,
  ],
  [
    `INSERT INTO sequence_revisions (company_id, sequence_id, revision, created_at, definition) VALUES (?1, '${SEQUENCE}', 1, 1, ?2)`,
    DEFINITION,
  ],
  [
    `INSERT INTO enrolments (company_id, sequence_id, lead_id, id, revision, state, next_step, due_at, enrolled_at)
     SELECT company_id, '${SEQUENCE}', id, id, 1, 'active', 1, created_at, created_at FROM leads WHERE company_id = ?1`,
  ],
];

const { state, company_id, owners, from, to, flow, due } = JSON.parse(process.argv[2]);
// A JavaScript number would be bound as a fraction, and divide as one.
const range = [BigInt(from), BigInt(to)];
const folder = join(state, "v3", "d1", "miniflare-D1DatabaseObject");
const file = readdirSync(folder).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
if (!file) throw new Error(`${folder} holds no database`);
const database = new DatabaseSync(join(folder, file));
database.exec("BEGIN");
database.prepare(LEADS).run(company_id, JSON.stringify(owners), ...range);
database.prepare(TOUCHES).run(company_id, ...range);
for (const sql of flow ? FLOW : []) {
  const values = [company_id, ...range, BigInt(Date.now())];
  database.prepare(sql).run(...values.slice(0, sql.includes("?4") ? 4 : 3));
}
for (const [sql, ...values] of due ? DUE : []) database.prepare(sql).run(company_id, ...values);
database.exec("COMMIT");
database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
database.close();
