// Package blob keeps evidence in an object store that speaks S3.
//
// Bytes never pass through the server on their way in: a client puts them with a presigned request
// that the store itself enforces. The request signs the SHA-256, the length and the type that were
// declared, and If-None-Match: *, so that other bytes are refused and a replayed request cannot
// overwrite what is there. The bucket is versioned and has object lock: a version, once retained,
// cannot be deleted before its time, by anyone in compliance mode.
//
// The credentials need PutObject, GetObject, GetObjectVersion, GetObjectRetention,
// PutObjectRetention, ListBucket, GetBucketVersioning and GetBucketObjectLockConfiguration;
// to strengthen locks made in governance mode, BypassGovernanceRetention.
package blob
