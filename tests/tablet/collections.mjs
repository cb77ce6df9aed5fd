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

export const schemas = {
  answer: schema({ ...answer, methods }),
};

// printed is the schema of a client that holds less, and whose every query RxDB prints.
export const printed = { answer: schema(answer) };

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
