// Looks for the number away from the page's own thread: takes a challenge, gives { number }.
import { search } from './pow.search.js';

addEventListener('message', async ({ data }) => {
  postMessage({ number: await search(data, 500) });
});
