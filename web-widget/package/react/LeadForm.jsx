// The element as a React component: props for its attributes, functions for its events.
import { useEffect, useRef } from 'react';
import 'lead-form-element';

/**
 * `formKey` is the public form key, `base` the worker's address. `onReady`, `onStep`, `onInvalid`, `onSubmit`, `onSuccess` and
 * `onError` get the events; everything else becomes an attribute, `render="shadow"` for one.
 */
export function LeadForm({ formKey, base, onReady, onStep, onInvalid, onSubmit, onSuccess, onError, ...attributes }) {
  const element = useRef(null);
  const handlers = useRef({});
  // The newest functions are called, and nothing is attached anew at each rendering.
  handlers.current = { ready: onReady, step: onStep, invalid: onInvalid, submit: onSubmit, success: onSuccess, error: onError };
  useEffect(() => {
    const { signal, abort } = control();
    for (const name of Object.keys(handlers.current)) {
      element.current.addEventListener(`lead-form:${name}`, (event) => handlers.current[name]?.(event), { signal });
    }
    return abort;
  }, []);
  return <lead-form ref={element} form={formKey} base={base} {...attributes} />;
}

function control() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
