// Holds the precompiled header of the unit tests, which needs a source file.
