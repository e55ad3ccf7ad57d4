// The countries to choose from. A native test holds the codes against the rules' own.
import { pause } from './dom.js';

const CODES = `
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
`.trim().split(/\s+/);

/** How many are named or put in at once: all of them would hold up a slow machine. */
const AT_ONCE = 25;

/**
 * Fills `select` with the countries by their names in the language `locale`, some at a time once it can be seen, or what is left
 * of them as soon as somebody wants to choose. `chosen` is there at once, and so is a code that its `offer` is called with.
 */
export function offer(select, locale, chosen) {
  const early = new Map();
  select.offer = (code) => {
    if (!CODES.includes(code) || [...select.options].some(({ value }) => value === code)) return;
    early.set(code, new Option(code, code));
    select.add(early.get(code));
  };
  select.offer(chosen);
  const steps = filling(select, [locale, 'en'], early);
  const all = () => { for (const step of steps) if (step) continue; };
  for (const type of ['focus', 'pointerdown']) select.addEventListener(type, all, { once: true });
  work(select, steps);
}

// In portions; `true` where the select must be seen before it goes on.
function* filling(select, locales, early) {
  yield false;
  const names = new Intl.DisplayNames(locales, { type: 'region' });
  yield false;
  const { compare } = new Intl.Collator(locales);
  const named = [];
  for (const code of CODES) {
    named.push([code, names.of(code)]);
    if (named.length % AT_ONCE === 1) yield false;
  }
  named.sort(([, a], [, b]) => compare(a, b));
  yield true;
  let next = select.options[1] ?? null;
  for (const [at, [code, name]] of named.entries()) {
    const known = early.get(code);
    // What stands there stays: to move it would choose another.
    if (known) {
      known.text = name;
      next = known.nextElementSibling;
    } else select.add(new Option(name, code), next);
    if (at % AT_ONCE === AT_ONCE - 1) yield false;
  }
}

async function work(select, steps) {
  for (let step = steps.next(); !step.done; step = steps.next()) {
    await (step.value ? seen(select) : pause());
  }
}

/** Resolves once `element` is shown, wherever on the page. */
function seen(element) {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver(([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      observer.disconnect();
      resolve();
    }, { rootMargin: '100000px' });
    observer.observe(element);
  });
}
