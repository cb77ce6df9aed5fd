// Recomputes the receipt of a sample draw, or a list of them, with nothing of Plumbline's:
//   node sample-receipt.mjs receipt.json
// It prints a line for each and fails if one does not follow from its seed. A draw that was only committed
// to has nothing to compute yet. docs/samples.md explains.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()

// order yields the seed's order of 1..population, a shuffle by numbers made from the seed.
function* order(seed, population) {
  const moved = new Map()
  let block = 0n, ready = []
  const next = () => {
    if (ready.length === 0) {
      const counter = Buffer.alloc(8)
      counter.writeBigUInt64BE(block++)
      const digest = sha256(seed, counter)
      ready = [0, 8, 16, 24].map(at => digest.readBigUInt64BE(at))
    }
    return ready.shift()
  }
  for (let k = 0; k < population; k++) {
    const values = BigInt(population - k), fair = 2n ** 64n - (2n ** 64n % values)
    let x = next()
    while (x >= fair) x = next()
    const place = k + Number(x % values)
    yield moved.get(place) ?? place + 1
    moved.set(place, moved.get(k) ?? k + 1)
  }
}

// wrong says what does not follow, '' if everything does.
function wrong(receipt) {
  const seed = Buffer.from(receipt.seed, 'hex')
  if (receipt.method !== 'plumbline-sample/1') return 'an unknown method'
  if (sha256(seed).toString('hex') !== receipt.commitment) return 'the seed is not the one that was committed to'
  const positions = order(seed, receipt.population), inspected = []
  while (inspected.length < receipt.size) inspected.push(positions.next().value)
  if (String(inspected) !== String(receipt.positions)) return 'the positions do not follow from the seed'
  for (const { position, replacement } of receipt.substitutions) {
    const at = inspected.indexOf(position), next = positions.next().value ?? null
    if (at < 0) return `position ${position} was not in the sample`
    if (next !== replacement) return `position ${position} was to be replaced by ${next}, not ${replacement}`
    inspected.splice(at, 1, ...(next === null ? [] : [next]))
  }
  return String(inspected) === String(receipt.inspected) ? '' : 'the positions inspected do not follow'
}

const read = JSON.parse(readFileSync(process.argv[2], 'utf8'))
for (const receipt of [read].flat()) {
  if (receipt.seed === null) {
    console.log(`${receipt.id}: only committed to, nothing was drawn`)
    continue
  }
  const fault = wrong(receipt)
  console.log(`${receipt.id}: ${receipt.size} of ${receipt.population}: ${fault || 'follows from its seed'}`)
  if (fault) process.exitCode = 1
}
