// What a tablet keeps: the collections, and how each asks the server.
import {
  pullQueryBuilderFromRxSchema,
  pullStreamBuilderFromRxSchema,
  pushQueryBuilderFromRxSchema,
} from 'rxdb/plugins/replication-graphql';

const text = { type: 'string' };
const maybe = { type: ['string', 'null'] };
const id = { type: 'string', maxLength: 36 };

function schema(properties) {
  return { version: 0, primaryKey: 'id', type: 'object', properties: { id, ...properties }, required: ['id'] };
}

// methods is a list of scalars, for which RxDB's own query builders print no query.
const answer = {
  inspectionId: text, requirementId: text, standardId: maybe, rating: text, reason: maybe, remarks: maybe,
  correctedOnSite: maybe, revision: { type: 'number' }, seq: text, authorId: maybe, deviceId: maybe, deviceTime: maybe, recordedAt: maybe,
};
const methods = { type: ['array', 'null'], items: text };

const number = { type: 'number' };
const flag = { type: ['boolean', 'null'] };
const seen = { seq: text, deviceId: maybe };
const versioned = { ...seen, revision: number, authorId: maybe, deviceTime: maybe, recordedAt: maybe };

export const schemas = {
  answer: schema({ ...answer, methods }),
  evidence: schema({
    inspectionId: text, requirementId: maybe, findingId: maybe, sha256: text, size: number, mediaType: text, class: text, capturedFrom: maybe,
    capturedTo: maybe, place: text, device: text, caption: text, state: text, declaredBy: maybe, declaredAt: maybe, ...seen,
  }),
  finding: schema({
    inspectionId: text, kind: text, standardId: maybe, standardText: maybe, requirementId: maybe, code: maybe, citation: maybe, text,
    responsibleParty: maybe, priority: flag, repeat: flag, correctedOnSite: maybe, correctionNote: maybe, condition: maybe, likelihood: maybe,
    spread: maybe, immediateThreat: flag, removedReason: maybe, ...versioned,
  }),
  observation: schema({ inspectionId: text, standardId: maybe, requirementId: maybe, text, place: maybe, observedAt: maybe, ...versioned }),
  interviewNote: schema({ inspectionId: text, keyId: text, sealed: text, deviceTime: maybe }),
  inspection: schema({ inspectionId: text, facilityName: text, state: text, leadId: text, revision: number, changedAt: text, seq: text }),
  checklistItem: schema({ inspectionId: text, requirementId: text, standardId: text, key: text, citation: text, position: number, seq: text }),
  assignment: schema({ inspectionId: text, standardId: text, standardNumber: text, assignedTo: maybe, position: number, seq: text }),
  priorFinding: schema({ inspectionId: text, findingId: text, code: text, text, repeatTimes: number, endedOn: text, actionId: maybe, seq: text }),
};

// What is pushed and never pulled, and what is pulled and never pushed.
export const pushOnly = ['interviewNote'];
export const pullOnly = ['inspection', 'checklistItem', 'assignment', 'priorFinding'];

// printed is the schema of a client that holds less, and whose every query RxDB prints.
export const printed = { ...schemas, answer: schema(answer) };

const capital = (name) => name[0].toUpperCase() + name.slice(1);
const input = (schema) => ({ schema, checkpointFields: ['seq'], deletedField: 'deleted', headerFields: ['Authorization'], ignoreInputKeys: [], ignoreOutputKeys: [] });

// generated returns RxDB's own builders.
export function generated(name, schema) {
  return {
    pull: pullQueryBuilderFromRxSchema(name, input(schema)),
    push: pushQueryBuilderFromRxSchema(name, input(schema)),
    stream: pullStreamBuilderFromRxSchema(name, input(schema)),
  };
}

// written returns builders that send the same operations, with lists of scalars.
export function written(name, schema) {
  const fields = [...Object.keys(schema.properties), 'deleted'];
  const bulk = `{ documents { ${fields.join(' ')} } checkpoint { seq } }`;
  const Name = capital(name);
  const held = (doc) => doc && Object.fromEntries(fields.filter((f) => f in doc).map((f) => [f, doc[f]]));
  return {
    pull: (checkpoint, limit) => ({
      query: `query Pull${Name}($checkpoint: ${Name}InputCheckpoint, $limit: Int!) { pull${Name}(checkpoint: $checkpoint, limit: $limit) ${bulk} }`,
      operationName: `Pull${Name}`,
      variables: { checkpoint, limit },
    }),
    push: (rows) => ({
      query: `mutation Push${Name}($${name}PushRow: [${Name}InputPushRow!]) { push${Name}(${name}PushRow: $${name}PushRow) { ${fields.join(' ')} } }`,
      operationName: `Push${Name}`,
      variables: { [`${name}PushRow`]: rows.map((row) => ({ newDocumentState: held(row.newDocumentState), assumedMasterState: held(row.assumedMasterState) })) },
    }),
    stream: (headers) => ({
      query: `subscription Stream${Name}($headers: ${Name}InputHeaders) { stream${Name}(headers: $headers) ${bulk} }`,
      variables: { headers },
    }),
  };
}
