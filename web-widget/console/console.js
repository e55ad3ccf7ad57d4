// The buttons that copy. Without this module the texts are there to be copied by hand.
for (const button of document.querySelectorAll('button[data-copy]')) {
  const text = document.getElementById(button.dataset.copy);
  const said = button.parentElement.querySelector('[role="status"]');
  if (!text || !said || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    said.textContent = '';
    try {
      await navigator.clipboard.writeText(text.textContent);
      said.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(text);
      said.textContent = 'The browser does not let this page copy. The text is selected: copy it by the keyboard.';
    }
  });
}
