// The served module: defines <lead-form> and brings its stylesheet, once per document.
import { LeadForm } from './form.js';

const sheet = new URL('lead-form.css', import.meta.url).href;

// A page that already links the sheet, the plain form page for one, keeps its own link.
if (![...document.styleSheets].some((known) => known.href === sheet)
  && ![...document.querySelectorAll('link[rel~="stylesheet"]')].some((link) => link.href === sheet)) {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = sheet;
  document.head.append(link);
}

if (!customElements.get('lead-form')) customElements.define('lead-form', LeadForm);
