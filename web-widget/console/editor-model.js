// A form's definition as the editor holds it: fields stand in their steps, and translations at what they translate, so that
// whatever is moved or removed takes its words along. What is right or wrong is never decided here.

/** Those members of a field that only some types have; the edge offers them by type. */
const OF_SOME_TYPES = ['options', 'min', 'max', 'max_length', 'default', 'required'];

/** The definition `json` as a model. */
export function read(json) {
  const { fields = [], steps = [], thanks = {}, consent = {}, theme = {}, translations = {}, ...root } = structuredClone(json);
  const model = { root, thanks, consent, theme: { ...theme }, locales: Object.keys(translations) };
  const named = new Map(fields.map((field) => [field.name, field]));
  model.steps = steps.map((step) => ({ ...step, fields: (step.fields ?? []).map((name) => named.get(name)).filter(Boolean) }));
  for (const { node, member, pointer } of placesIn(model, fields)) {
    for (const locale of model.locales) {
      const text = translations[locale]?.[pointer];
      if (text != null) translate(node, member, locale, text);
    }
  }
  return model;
}

/** Sets what `member` of `node` says in `locale`. */
export function translate(node, member, locale, text) {
  node.words ??= {};
  node.words[locale] ??= {};
  node.words[locale][member] = text;
}

/** Every field, in the order of the steps. */
export const fieldsOf = (model) => model.steps.flatMap(({ fields }) => fields);

/** Each text that visitors read: whose it is, which member, and where it stands in the definition. */
export const placesOf = (model) => placesIn(model, fieldsOf(model));

function placesIn({ root, steps, thanks, consent }, fields) {
  const places = [];
  const add = (node, at, ...members) => {
    for (const member of members) if (node[member]) places.push({ node, member, pointer: `${at}/${member}` });
  };
  add(root, '', 'title', 'intro', 'submit');
  fields.forEach((field, at) => {
    add(field, `/fields/${at}`, 'label', 'help', 'placeholder');
    field.options?.forEach((option, index) => add(option, `/fields/${at}/options/${index}`, 'label'));
  });
  steps.forEach((step, at) => add(step, `/steps/${at}`, 'title'));
  add(thanks, '/thanks', 'title', 'message');
  if (thanks.booking) add(thanks.booking, '/thanks/booking', 'label');
  add(consent, '/consent', 'text');
  return places;
}

/** The definition that `model` stands for; `offer` says which members a type has. */
export function write(model, offer) {
  const { root, steps, thanks, consent, theme, locales } = model;
  const members = new Map(offer.types.map(({ type, members: own }) => [type, own]));
  const definition = {
    ...said(root),
    fields: fieldsOf(model).map((field) => fieldOf(field, members.get(field.type) ?? [])),
    steps: steps.map((step) => ({ ...said(step), fields: step.fields.map(({ name }) => name) })),
    thanks: { ...said(thanks), ...(thanks.booking && { booking: said(thanks.booking) }) },
    consent: said(consent),
    theme: said(theme),
  };
  if (locales.length) {
    definition.translations = Object.fromEntries(locales.map((locale) => [locale, {}]));
    for (const { node, member, pointer } of placesOf(model)) {
      for (const locale of locales) {
        const text = node.words?.[locale]?.[member];
        if (text) definition.translations[locale][pointer] = text;
      }
    }
  }
  return definition;
}

function fieldOf(field, own) {
  const written = said(field);
  for (const member of OF_SOME_TYPES) if (!own.includes(member)) delete written[member];
  if (!own.includes('required')) delete written.require;
  if (written.options) written.options = field.options.map(said);
  return written;
}

/** The members that say something. */
function said(node) {
  return Object.fromEntries(Object.entries(node).filter(([name, value]) => name !== 'words' && value !== '' && value != null));
}
