//! Folding of text for matching, words, and edit distance.
