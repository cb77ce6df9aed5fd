package migrations

// UpTo applies the migrations up to a version, so that a test can begin where a release ended.
var UpTo = upTo
