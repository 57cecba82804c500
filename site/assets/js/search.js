/* Search the index that the site was built with; every word of the query must occur.
   Only where no server answered the query, as on a copy of the site: there the form says where the index is. */
const form = document.querySelector("main form");
const field = form.querySelector("input");
const status = document.getElementById("search-status");
const results = document.getElementById("search-results");
const plain = (html) => new DOMParser().parseFromString(html.replaceAll("<", " <"), "text/html").body.textContent.replace(/\s+/g, " ").trim();
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const rank = (page, words) => {
  const title = fold(page.title);
  const text = fold(page.text);
  if (!words.every((word) => title.includes(word) || text.includes(word))) return 0;
  return 1 + words.filter((word) => title.includes(word)).length * 3;
};

const excerpt = (text, word) => {
  const at = Math.max(0, fold(text).indexOf(word) - 60);
  return (at > 0 ? "… " : "") + text.slice(at, at + 200) + (text.length > at + 200 ? " …" : "");
};

const row = (page, words) => {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = form.dataset.base + page.location;
  link.textContent = page.title;
  const text = document.createElement("span");
  text.className = "quiet-line";
  text.textContent = excerpt(page.text, words[0]);
  item.append(link, text);
  return item;
};

/* One row a page: its sections are one text, and the title is that of the page. */
const grouped = (docs) => {
  const pages = new Map();
  for (const doc of docs) {
    const location = doc.location.split("#")[0];
    const page = pages.get(location) ?? { location, title: plain(doc.title), text: "" };
    page.text += ` ${plain(doc.title)} ${plain(doc.text)}`;
    pages.set(location, page);
  }
  return [...pages.values()];
};

const search = async () => {
  const words = fold(field.value).split(/\s+/).filter(Boolean);
  results.replaceChildren();
  status.textContent = "";
  if (!words.length) return;
  const answer = await fetch(form.dataset.base + "search/search_index.json");
  const { docs } = await answer.json();
  const pages = grouped(docs);
  const found = pages.map((page) => [rank(page, words), page]).filter(([score]) => score > 0);
  found.sort((one, other) => other[0] - one[0]);
  const message = found.length === 0 ? "none" : found.length === 1 ? "one" : "many";
  status.textContent = status.dataset[message].replace("#", found.length);
  results.append(...found.slice(0, 50).map(([, page]) => row(page, words)));
};

/* Let the query go along to the other languages. */
const keep = (query) => {
  for (const link of document.querySelectorAll("header a[hreflang]")) link.search = query ? new URLSearchParams({ q: query }) : "";
};

if (form.dataset.base) {
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  if (field.value) document.title = `${field.value} · ${document.title}`;
  keep(field.value);
  search();
}
