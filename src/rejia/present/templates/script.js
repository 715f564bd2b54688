(function () {
  "use strict";
  document.querySelectorAll("table[data-sort]").forEach(function (table) {
    var heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      // A button without words has no name for a screen reader.
      if (!head.textContent.trim()) { return; }
      var button = document.createElement("button");
      button.type = "button";
      while (head.firstChild) { button.appendChild(head.firstChild); }
      head.appendChild(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var body = table.tBodies[0];
        var value = function (row) {
          var cell = row.cells[column];
          return cell.dataset.value !== undefined ? cell.dataset.value : cell.textContent.trim();
        };
        var rows = Array.from(body.rows).sort(function (one, two) {
          var a = value(one), b = value(two), x = parseFloat(a.replace(/^[<>≤≥]/, "").replace("−", "-")), y = parseFloat(b.replace(/^[<>≤≥]/, "").replace("−", "-"));
          if (!isNaN(x) && !isNaN(y)) { return x - y; }
          if (isNaN(x) !== isNaN(y)) { return isNaN(x) ? 1 : -1; }
          return a.localeCompare(b);
        });
        if (down) { rows.reverse(); }
        rows.forEach(function (row) { body.appendChild(row); });
      });
    });
  });
  document.querySelectorAll("form.filter").forEach(function (form) {
    var table = document.getElementById(form.dataset.table);
    var out = form.querySelector("output");
    form.hidden = false;
    var apply = function () {
      var words = form.elements.words.value.toLowerCase();
      var place = form.elements.place ? form.elements.place.value : "";
      var verdict = form.elements.verdict ? form.elements.verdict.value : "";
      var shown = 0;
      Array.from(table.tBodies[0].rows).forEach(function (row) {
        var keep = row.textContent.toLowerCase().indexOf(words) >= 0 &&
          (!place || row.dataset.place === place) && (!verdict || row.dataset.verdict === verdict);
        row.hidden = !keep;
        if (keep) { shown += 1; }
      });
      out.textContent = out.dataset.words + " " + shown + " / " + table.tBodies[0].rows.length;
    };
    form.addEventListener("input", apply);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    apply();
  });
  var reveal = function () {
    var name = decodeURIComponent(location.hash.slice(1));
    var target = name && document.getElementById(name);
    if (!target) { return; }
    for (var node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") { node.open = true; }
      if (node.hidden) { node.hidden = false; }
    }
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  reveal();
}());
