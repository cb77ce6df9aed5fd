// The device's HTTP, by the fetch that RxDB lets its user give. It changes nothing that RxDB sends, adds
// what the server wants to know of the device, and keeps books on what was acknowledged: a push whose
// answer arrived whole and without errors.

export function openLink({ clock, report }) {
  const figures = { requests: 0, failed: 0, errors: {} };
  const stamped = new Set(); // collection/id/time of every edit made here
  const waiting = new Map(); // collection/id -> the document as it was last edited here and not yet acknowledged

  async function fetchWithBooks(request) {
    figures.requests++;
    const headers = new Headers(request.headers);
    headers.set('Plumbline-Device-Time', clock().toISOString());
    const sent = JSON.parse(await request.clone().text());
    let response;
    try {
      response = await fetch(new Request(request, { headers }));
      acknowledge(sent, await response.clone().json());
    } catch (error) {
      figures.failed++;
      throw error;
    }
    return response;
  }

  function acknowledge(sent, body) {
    for (const error of body.errors ?? []) {
      figures.errors[error.message] = (figures.errors[error.message] ?? 0) + 1;
    }
    if (body.errors || !body.data) return;
    const [field, masters] = Object.entries(body.data)[0];
    if (!field.startsWith('push')) return;
    const [variable, rows] = Object.entries(sent.variables)[0];
    const collection = variable.replace(/PushRow$/, '');
    const conflicts = new Map(masters.map((master) => [master.id, master]));
    report({
      event: 'pushed', collection, refused: body.extensions?.refusedWrites ?? [],
      rows: rows.map(({ newDocumentState, assumedMasterState }) => ({
        document: newDocumentState, assumed: assumedMasterState ?? null, master: conflicts.get(newDocumentState.id) ?? null,
        own: stamped.has(`${collection}/${newDocumentState.id}/${newDocumentState.deviceTime ?? ''}`),
      })),
    });
    for (const { newDocumentState: document } of rows) {
      const key = `${collection}/${document.id}`;
      if (waiting.get(key) === (document.deviceTime ?? '')) waiting.delete(key);
    }
  }

  return {
    fetch: fetchWithBooks,
    figures,
    edited(collection, id, deviceTime) {
      stamped.add(`${collection}/${id}/${deviceTime}`);
      waiting.set(`${collection}/${id}`, deviceTime);
    },
    outbox: () => waiting.size,
  };
}
