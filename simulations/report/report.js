"use strict";
// Sorts and filters the tables. Without it every table can still be read; it stores nothing and reaches no network.
(() => {
  const words = document.body.dataset;
  const language = document.documentElement.lang;
  const texts = new Intl.Collator(language, { numeric: true });
  const valueOf = (row, at) => {
    const cell = row.cells[at];
    return cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort);
  };
  const compare = (one, other) =>
    typeof one === "number" && typeof other === "number" ? one - other : texts.compare(String(one), String(other));

  const sort = (table, head) => {
    const at = head.cellIndex;
    const before = head.getAttribute("aria-sort");
    const first = head.classList.contains("number") ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const way = before === first ? other : first;
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", way);
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    rows.sort((one, two) => (way === "ascending" ? 1 : -1) * compare(valueOf(one, at), valueOf(two, at)));
    body.append(...rows);
  };

  for (const table of document.querySelectorAll("table.listed")) {
    const rows = table.tBodies[0].rows;
    if (rows.length > 1) {
      for (const head of table.tHead.rows[0].cells) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = head.textContent;
        button.title = `${words.sort}: ${head.textContent}`;
        head.replaceChildren(button);
        button.addEventListener("click", () => sort(table, head));
      }
    }
    if (rows.length > 7) {
      const label = document.createElement("label");
      const input = document.createElement("input");
      const said = document.createElement("span");
      label.className = "filter";
      input.type = "search";
      said.setAttribute("role", "status");
      label.append(`${words.filter}: `, input, " ", said);
      table.parentElement.before(label);
      input.addEventListener("input", () => {
        const wanted = input.value.trim().toLocaleLowerCase(language);
        let shown = 0;
        for (const row of rows) {
          row.hidden = !row.textContent.toLocaleLowerCase(language).includes(wanted);
          shown += row.hidden ? 0 : 1;
        }
        said.textContent = wanted ? `${words.shown}: ${shown}` : "";
      });
    }
  }
})();
