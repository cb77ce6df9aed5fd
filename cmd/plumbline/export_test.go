package main

// Run is the whole program, for tests.
var Run = run
