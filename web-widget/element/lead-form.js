// The served module: defines <lead-form>, and begins at once with what every form needs.
import { LeadForm } from './form.js';
import { loadRules } from './rules.js';
import { link } from './sheet.js';

export { LeadForm };

link(document.head);
setTimeout(loadRules);
if (!customElements.get('lead-form')) customElements.define('lead-form', LeadForm);
