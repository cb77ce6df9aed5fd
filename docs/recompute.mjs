// Recomputes the g324a score of an exported snapshot and compares it with the score that the snapshot states:
//   plumbline export snapshot INSPECTION > snapshot.json && node docs/recompute.mjs snapshot.json
// It needs nothing but Node and shares no code with Plumbline. Exit code: 0 agrees, 1 differs, 2 no such snapshot.
import { readFileSync } from "node:fs";

let answers, score;
try {
  ({ answers, score } = JSON.parse(readFileSync(process.argv[2], "utf8")));
  if (score.policy.id !== "g324a" || score.policy.version !== 1) throw new Error("its score is not by g324a version 1");
} catch (problem) {
  console.error(`recompute: this is no snapshot to recompute: ${problem.message}`);
  process.exit(2);
}
function count(items) {
  const n = (rating) => items.filter((item) => item.rating === rating).length;
  return { total: items.length, meets: n("MEETS"), doesNotMeet: n("DOES_NOT_MEET"), notApplicable: n("NOT_APPLICABLE"),
    undetermined: n("UNDETERMINED"), notReviewed: n("NOT_REVIEWED"), numerator: n("MEETS"), denominator: items.length - n("NOT_APPLICABLE") };
}
const decides = (item) => item.mandatory === "YES" || item.sourcedPriority; // one of these not met decides
function section(items) {
  const all = count(items), must = count(items.filter(decides)), other = count(items.filter((item) => !decides(item)));
  const unknown = items.some((item) => item.rating === "DOES_NOT_MEET" && !decides(item) && !item.mandatory);
  const result = all.denominator === 0 ? "NOT_RATED" : all.undetermined + all.notReviewed > 0 ? "INCOMPLETE"
    : must.doesNotMeet > 0 ? "DOES_NOT_MEET" : unknown || (other.doesNotMeet > 0 && must.denominator === 0) ? "NOT_RATED" : "MEETS";
  return { result, all, mandatoryOrPriority: must, other };
}
const tally = ({ score, arithmetic, ...counts }) => ({ ...counts, numerator: score.numerator, denominator: score.denominator });
const stated = (s) => s && { result: s.result, all: tally(s.all), mandatoryOrPriority: tally(s.mandatoryOrPriority), other: tally(s.other) };
function compare(name, computed, given) {
  const agrees = JSON.stringify(computed) === JSON.stringify(stated(given));
  if (!agrees) process.exitCode = 1;
  console.log(`${name}: ${computed.all.numerator}/${computed.all.denominator} ${computed.result}: ${agrees ? "agrees" : "DIFFERS"}`);
}
const of = (number) => answers.filter((item) => item.standard === number), numbers = new Set((answers ??= []).map((item) => item.standard));
for (const number of numbers) compare(number, section(of(number)), score.standards.find((s) => s.standard === number));
if (numbers.size !== score.standards.length) compare("standards", section([]), undefined); // one is scored that has no answers
compare("overall", section(answers), score.overall);
