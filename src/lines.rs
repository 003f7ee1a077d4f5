//! Bytes to lines over chunk borders, in whatever encoding they come.
