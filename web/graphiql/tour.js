// The tour: example operations that GraphiQL opens as tabs.
"use strict";

const tour = (() => {
  // tabs reads the tour's file: a line "#: Title" begins a tab, lines "#= ..." are its variables in
  // JSON, where EXERCISE stands for the id of the exercise. Without one, the word stays to be replaced.
  function tabs(text, exercise) {
    return text.split(/^#: /m).slice(1).map((part) => {
      const lines = part.trim().split("\n");
      const variables = lines.filter((line) => line.startsWith("#= ")).map((line) => line.slice(3)).join("\n");
      const query = lines.filter((line) => !line.startsWith("#= ")).join("\n");
      return { query: `# ${query}\n`, variables: exercise ? variables.replaceAll("EXERCISE", exercise) : variables };
    });
  }

  // GraphiQL keeps its tabs in the browser, and opens the tour only where it finds none.
  const kept = ["graphiql:tabState", "graphiql:query", "graphiql:variables", "graphiql:headers", "graphiql:operationName"];
  const shown = "plumbline:tour";

  // outdated says whether the kept tabs came from another tour or another exercise than this one.
  function outdated(opened) {
    const now = JSON.stringify(opened);
    const other = localStorage.getItem(kept[0]) !== null && localStorage.getItem(shown) !== now;
    if (!other) localStorage.setItem(shown, now);
    return other;
  }

  function forget() {
    for (const key of [...kept, shown]) localStorage.removeItem(key);
  }

  return { tabs, outdated, forget };
})();
