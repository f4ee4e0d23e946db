// What was typed and not sent, kept in this tab by case, so that a refusal, a sign-out or a slip of the finger loses nothing.

const key = (form) => `draft:${form.dataset.draft}`;

export function keep(form) {
  const { text, to } = form.elements;
  if (text.value === '') return sessionStorage.removeItem(key(form));
  sessionStorage.setItem(key(form), JSON.stringify({ text: text.value, note: to.value === 'note' }));
}

export function forget(form) {
  sessionStorage.removeItem(key(form));
  form.elements.text.value = '';
  const first = form.querySelector('[name="to"]');
  if (first) first.checked = true;
}

export function restore() {
  const form = document.querySelector('form[data-draft]');
  if (!form || form.elements.text.value !== '') return;
  const kept = JSON.parse(sessionStorage.getItem(key(form)) ?? 'null');
  if (!kept) return;
  form.elements.text.value = kept.text;
  const choice = [...form.querySelectorAll('[name="to"]')].find((radio) => (radio.value === 'note') === kept.note);
  if (choice) choice.checked = true;
}
