// Sealing an interview note on the tablet: HPKE (RFC 9180), base mode, single-shot, with
// DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM, written from the RFC.
import { createCipheriv, createECDH, createHmac } from 'node:crypto';

const bytes = (...parts) => Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'latin1') : p)));
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const kem = bytes('KEM', Buffer.from([0x00, 0x10]));
const suite = bytes('HPKE', Buffer.from([0x00, 0x10, 0x00, 0x01, 0x00, 0x02]));

const extract = (suite, salt, label, text) => hmac(salt.length ? salt : Buffer.alloc(32), bytes('HPKE-v1', suite, label, text));

// One block of HMAC is as much as is ever asked for.
const expand = (suite, secret, label, info, length) =>
  hmac(secret, bytes(Buffer.from([0, length]), 'HPKE-v1', suite, label, info, Buffer.from([1]))).subarray(0, length);

// seal returns the encapsulated key, the ciphertext and its tag, in base64.
export function seal(publicKey, { inspectionId, id }, text) {
  const recipient = Buffer.from(publicKey, 'base64');
  const once = createECDH('prime256v1');
  const encapsulated = once.generateKeys();
  const shared = expand(kem, extract(kem, '', 'eae_prk', once.computeSecret(recipient)), 'shared_secret', bytes(encapsulated, recipient), 32);
  const info = Buffer.from(`plumbline interview note 1 ${inspectionId} ${id}`);
  const context = bytes(Buffer.from([0]), extract(suite, '', 'psk_id_hash', ''), extract(suite, '', 'info_hash', info));
  const secret = extract(suite, shared, 'secret', '');
  const cipher = createCipheriv('aes-256-gcm', expand(suite, secret, 'key', context, 32), expand(suite, secret, 'base_nonce', context, 12));
  return bytes(encapsulated, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()).toString('base64');
}
