package embedded

// localeFlags sort text by code point and know the letters of all scripts.
func localeFlags() []string { return []string{"--locale=C.UTF-8"} }
