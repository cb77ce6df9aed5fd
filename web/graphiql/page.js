// The explorer's page: signs in a demo user at the development issuer, and gives GraphiQL a fetcher
// that sends that user's token, and the tour as tabs.
"use strict";

(() => {
  const { issuer, tour: tourAddress } = document.body.dataset;
  const select = document.getElementById("user");
  const examples = document.getElementById("examples");
  const status = document.getElementById("status");
  const lead = "lead@opr.example";
  const restart = "Start the stack with make run, then load this page again.";

  function say(text) {
    status.textContent = text;
    status.classList.remove("problem");
  }

  function complain(problem) {
    status.textContent = problem.message;
    status.classList.add("problem");
  }

  async function ask(path, options) {
    let response;
    try {
      response = await fetch(issuer + path, options);
    } catch {
      throw new Error(`The development issuer at ${issuer} does not answer, so nobody can sign in. ${restart}`);
    }
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(`The development issuer refused: ${body.error_description || `status ${response.status}`}.`);
    return body;
  }

  // The tokens in use, by user: each a promise, with the time to renew it (milliseconds since the
  // epoch). They are kept nowhere else.
  const sessions = new Map();

  function signIn(user) {
    const session = { renewAt: Infinity };
    session.token = ask("/token", { method: "POST", body: new URLSearchParams({ user }) }).then((answer) => {
      session.renewAt = Date.now() + ((answer.expires_in || 300) - 60) * 1000;
      return answer.access_token;
    });
    session.token.catch(() => sessions.delete(user)); // so that the next request tries again
    sessions.set(user, session);
    return session.token;
  }

  function token(user) {
    const session = sessions.get(user);
    return session && Date.now() < session.renewAt ? session.token : signIn(user);
  }

  async function post(user, operation) {
    const headers = {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json, application/json",
      Authorization: `Bearer ${await token(user)}`,
    };
    try {
      return await fetch("/graphql", { method: "POST", headers, body: JSON.stringify(operation) });
    } catch {
      throw new Error(`The server does not answer. ${restart}`);
    }
  }

  // run asks the API, once more with a fresh token if the server no longer takes the one in use.
  async function run(user, operation) {
    let response = await post(user, operation);
    if (response.status === 401) {
      sessions.delete(user);
      response = await post(user, operation);
    }
    try {
      return await response.json();
    } catch {
      throw new Error(`The server answered with status ${response.status} and no GraphQL response.`);
    }
  }

  // fetcher answers GraphiQL. A fault is shown in the bar and as a GraphQL error, in words only.
  async function fetcher(operation) {
    try {
      const answer = await run(select.value, operation);
      if (status.classList.contains("problem")) say("");
      return answer;
    } catch (problem) {
      complain(problem);
      return { errors: [{ message: problem.message }] };
    }
  }

  // exercise is the id of the exercise that every stack begins with, or "" if the lead has none open.
  async function exercise() {
    const query = "{ inspections(first: 1, mine: true, states: [IN_PROGRESS], origins: [EXERCISE]) { edges { node { id } } } }";
    const answer = await run(lead, { query });
    return answer.data?.inspections.edges[0]?.node.id || "";
  }

  async function show() {
    const [id, text] = await Promise.all([exercise(), fetch(tourAddress).then((response) => response.text())]);
    if (tour.outdated([tourAddress, id])) {
      say("The open tabs are of an earlier stack or tour. \"Reset the examples\" replaces them.");
    }
    const explorer = React.createElement(GraphiQL, {
      fetcher,
      defaultTabs: tour.tabs(text, id),
      defaultQuery: "",
      defaultEditorToolsVisibility: "variables",
      isHeadersEditorEnabled: false,
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
    });
    const place = document.getElementById("explorer");
    openEditors(place);
    ReactDOM.createRoot(place).render(explorer);
  }

  // What GraphiQL's editors are for, which it does not tell a screen reader.
  const editors = { ".graphiql-query-editor": "Operation", ".graphiql-editor-tool": "Variables", ".result-window": "Response" };

  // openEditors names each editor when it appears, and lets Tab leave it instead of indenting.
  function openEditors(place) {
    new MutationObserver(() => {
      for (const [within, name] of Object.entries(editors)) {
        const editor = place.querySelector(`${within} .CodeMirror`);
        const field = editor?.querySelector("textarea:not([aria-label])");
        if (!field) continue;
        field.setAttribute("aria-label", name);
        editor.CodeMirror.addKeyMap({ Tab: false, "Shift-Tab": false });
      }
    }).observe(place, { childList: true, subtree: true });
  }

  async function fillUsers() {
    const users = await ask("/users");
    select.replaceChildren(...users.map((user) => new Option(`${user.email}: ${user.name}`, user.email)));
    const last = sessionStorage.getItem("plumbline:user");
    select.value = users.some((user) => user.email === last) ? last : lead;
    select.disabled = false;
  }

  async function change() {
    const user = select.value;
    sessionStorage.setItem("plumbline:user", user);
    try {
      await token(user);
      if (select.value === user) say(`Signed in as ${user} from the next run on.`);
    } catch (problem) {
      complain(problem);
    }
  }

  select.addEventListener("change", change);
  examples.addEventListener("click", () => {
    tour.forget();
    location.reload();
  });
  fillUsers().then(show).catch(complain);
})();
