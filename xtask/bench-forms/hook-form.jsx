// A contact form as a React page has it: react-hook-form, checked by zod.
import { zodResolver } from '@hookform/resolvers/zod';
import { createRoot } from 'react-dom/client';
import { useForm } from 'react-hook-form';
import { z } from 'zod';

const schema = z.object({
  first_name: z.string().trim().min(1).max(100),
  last_name: z.string().trim().min(1).max(100),
  company_name: z.string().trim().min(1).max(200),
  email: z.email().max(254),
  phone: z.string().trim().regex(/^[\d\s+().\/-]{4,20}$/),
  message: z.string().max(5000).optional(),
  gdpr_consent: z.boolean().optional(),
});

const FIELDS = [
  ['first_name', 'First name', 'given-name'], ['last_name', 'Last name', 'family-name'],
  ['company_name', 'Company', 'organization'], ['email', 'Work e-mail', 'email'], ['phone', 'Phone', 'tel'],
];

function Form({ action }) {
  const { register, handleSubmit, formState: { errors, isSubmitting, isSubmitSuccessful } } = useForm({ resolver: zodResolver(schema), mode: 'onBlur' });
  const send = (values) => fetch(action, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(values) });
  if (isSubmitSuccessful) return <p role="status">Thank you</p>;
  return (
    <form onSubmit={handleSubmit(send)} noValidate>
      {FIELDS.map(([name, label, autoComplete]) => (
        <p key={name}>
          <label htmlFor={name}>{label}</label>
          <input id={name} autoComplete={autoComplete} aria-invalid={Boolean(errors[name])} {...register(name)} />
          {errors[name] && <span role="alert">{errors[name].message}</span>}
        </p>
      ))}
      <textarea aria-label="Message" {...register('message')} />
      <label><input type="checkbox" {...register('gdpr_consent')} /> You may write to me</label>
      <button disabled={isSubmitting}>Send</button>
    </form>
  );
}

const place = document.getElementById('form');
createRoot(place).render(<Form action={place.dataset.action} />);
