// The same contact form in SurveyJS, shown without a framework.
import { Model } from 'survey-core';
import 'survey-core/survey-core.min.css';
import 'survey-js-ui';

const text = (name, title, inputType = 'text') => ({ type: 'text', name, title, inputType, isRequired: true });

const model = new Model({
  elements: [
    text('first_name', 'First name'), text('last_name', 'Last name'), text('company_name', 'Company'),
    { ...text('email', 'Work e-mail', 'email'), validators: [{ type: 'email' }] }, text('phone', 'Phone', 'tel'),
    { type: 'comment', name: 'message', title: 'How can we help?' },
    { type: 'boolean', name: 'gdpr_consent', title: 'You may write to me' },
  ],
});
const place = document.getElementById('form');
model.onComplete.add(({ data }) => fetch(place.dataset.action, { method: 'POST', body: JSON.stringify(data) }));
model.render(place);
