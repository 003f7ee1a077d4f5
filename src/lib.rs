//! Mailtrace.
