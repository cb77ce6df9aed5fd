// The explorer's page: signs in a demo user at the development issuer, and gives GraphiQL a fetcher
// that sends that user's token, and the tour as tabs.
"use strict";

(() => {
  const issuer = document.body.dataset.issuer;
  const select = document.getElementById("user");
  const status = document.getElementById("status");
  const firstUser = "lead@opr.example";

  // The signed-in user's token, and when it must be renewed (milliseconds since the epoch).
  let session = { token: "", renewAt: 0 };

  function say(text, problem) {
    status.textContent = text;
    status.classList.toggle("problem", Boolean(problem));
  }

  async function ask(path, options) {
    let response;
    try {
      response = await fetch(issuer + path, options);
    } catch {
      throw new Error(`The development issuer at ${issuer} does not answer. Is the stack still running?`);
    }
    const body = await response.json();
    if (!response.ok) throw new Error(body.error_description || `The issuer answered ${response.status}.`);
    return body;
  }

  async function signIn(user) {
    const answer = await ask("/token", { method: "POST", body: new URLSearchParams({ user }) });
    session = { token: answer.access_token, renewAt: Date.now() + (answer.expires_in - 60) * 1000 };
    sessionStorage.setItem("user", user);
  }

  async function token() {
    if (Date.now() >= session.renewAt) await signIn(select.value);
    return session.token;
  }

  async function fetcher(operation, options) {
    const response = await fetch("/graphql", {
      method: "POST",
      headers: {
        ...(options && options.headers),
        "Content-Type": "application/json",
        Accept: "application/graphql-response+json, application/json",
        Authorization: `Bearer ${await token()}`,
      },
      body: JSON.stringify(operation),
    });
    return response.json();
  }

  // tabs reads the tour: a line "#: Title" begins a tab, a line "#= {...}" states its variables.
  function tabs(tour) {
    return tour.split(/^#: /m).slice(1).map((part) => {
      const variables = part.match(/^#= (.*)$/m);
      return {
        query: "# " + part.replace(/^#= .*\n/m, "").trim() + "\n",
        variables: variables ? JSON.stringify(JSON.parse(variables[1]), null, 2) : "",
      };
    });
  }

  async function show() {
    const tour = tabs(await (await fetch("/graphiql/tour.graphql")).text());
    const explorer = React.createElement(GraphiQL, {
      fetcher,
      defaultTabs: tour,
      defaultEditorToolsVisibility: "variables",
      isHeadersEditorEnabled: false,
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
    });
    ReactDOM.createRoot(document.getElementById("explorer")).render(explorer);
  }

  function forgetTabs() {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("graphiql:")) localStorage.removeItem(key);
    }
    location.reload();
  }

  async function start() {
    const users = await ask("/users");
    for (const user of users) {
      select.add(new Option(`${user.name} (${user.email})`, user.email));
    }
    const last = sessionStorage.getItem("user");
    select.value = users.some((user) => user.email === last) ? last : firstUser;
    if (!select.value) select.selectedIndex = 0;
    await signIn(select.value);
    select.disabled = false;
    await show();
  }

  select.addEventListener("change", async () => {
    try {
      await signIn(select.value);
      say("");
    } catch (problem) {
      say(problem.message, true);
    }
  });
  document.getElementById("examples").addEventListener("click", forgetTabs);
  start().catch((problem) => say(problem.message, true));
})();
