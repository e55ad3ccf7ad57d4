// The controls of the editor, each with the place in the draft that it stands for: what the edge refuses there is told beside it.

let count = 0;
const newId = () => `e${(count += 1)}`;

/** An element of `tag` with the given properties and children; what is null or false is left out. */
export function el(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value == null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== 'string') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** A button that does something on the page. */
export const act = (text, key, onclick, more = {}) => el('button', { type: 'button', class: 'quiet', 'data-key': key, onclick, ...more }, text);

/** Where refusals can be told: pointer into the draft, control, and the box beside it. */
export class Places {
  #all = [];

  /** `pointer` gives the place as it is when asked. */
  add(pointer, control, box) {
    this.#all.push({ pointer, control, box });
  }

  /** Nothing stands anywhere any more. */
  empty() {
    this.#all = [];
  }

  /** The control that stands for `pointer`, or for what it lies in. */
  at(pointer) {
    let nearest;
    let length = -1;
    for (const place of this.#all) {
      const own = place.pointer();
      if ((pointer === own || pointer.startsWith(`${own}/`)) && own.length > length) {
        nearest = place;
        length = own.length;
      }
    }
    return nearest;
  }

  /** Tells each of `errors` beside its control and in the summaries around it; gives those without a place. */
  tell(errors) {
    for (const { control, box } of this.#all) {
      box.textContent = '';
      control.removeAttribute('aria-invalid');
    }
    for (const mark of document.querySelectorAll('.marked')) mark.textContent = '';
    const lost = [];
    for (const { pointer, detail } of errors) {
      const place = this.at(pointer);
      if (!place) {
        lost.push(`${pointer}: ${detail}`);
        continue;
      }
      place.box.append(el('p', {}, detail));
      place.control.setAttribute('aria-invalid', 'true');
      for (let around = place.control.closest('details'); around; around = around.parentElement.closest('details')) {
        const mark = around.querySelector(':scope > summary .marked');
        if (mark) mark.textContent = 'To mend';
      }
    }
    return lost;
  }

  /** Opens what `pointer` lies in and focuses its control. */
  reveal(pointer) {
    const place = this.at(pointer);
    if (!place) return;
    for (let around = place.control.closest('details'); around; around = around.parentElement.closest('details')) around.open = true;
    place.control.focus();
  }
}

/** Makes the labelled controls of one render, whose changes go to `changed`. */
export class Controls {
  constructor(places, changed) {
    this.places = places;
    this.changed = changed;
  }

  /** `input` under `label`, with a `hint`, told of refusals at `pointer`. */
  labelled(input, label, pointer, hint) {
    const id = newId();
    const box = el('div', { class: 'wrong', id: `${id}-wrong` });
    input.id ||= id;
    input.setAttribute('aria-describedby', hint ? `${id}-hint ${id}-wrong` : `${id}-wrong`);
    this.places.add(pointer, input, box);
    return el('div', { class: 'field' },
      el('label', { for: input.id }, label), input, hint && el('p', { class: 'hint', id: `${id}-hint` }, hint), box);
  }

  /** A line, or with `rows` a block, of text: the `member` of `node`. */
  text(node, member, label, pointer, { hint, rows, then, key, ...more } = {}) {
    const input = el(rows ? 'textarea' : 'input', { ...(rows ? { rows } : { type: 'text' }), autocomplete: 'off', 'data-key': key, ...more });
    input.value = node[member] ?? '';
    input.addEventListener('input', () => {
      node[member] = input.value;
      then?.(input.value);
      this.changed();
    });
    return this.labelled(input, label, pointer, hint);
  }

  /** A choice of `options`, pairs of value and name. `then` is called after it was made. */
  choice(node, member, label, pointer, options, { hint, then, key } = {}) {
    const input = el('select', { 'data-key': key }, options.map(([value, name]) => el('option', { value }, name)));
    input.value = node[member] ?? '';
    input.addEventListener('change', () => {
      node[member] = input.value;
      then?.(input.value);
      this.changed();
    });
    return this.labelled(input, label, pointer, hint);
  }

  /** A box to tick. */
  tick(node, member, label, pointer, { then, key } = {}) {
    const id = newId();
    const box = el('div', { class: 'wrong', id: `${id}-wrong` });
    const input = el('input', { type: 'checkbox', id, 'data-key': key, 'aria-describedby': `${id}-wrong` });
    input.checked = Boolean(node[member]);
    input.addEventListener('change', () => {
      node[member] = input.checked;
      then?.(input.checked);
      this.changed();
    });
    this.places.add(pointer, input, box);
    return el('div', { class: 'ticked' }, el('label', { class: 'tick', for: id }, input, ` ${label}`), box);
  }
}
