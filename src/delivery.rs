//! Journeys to deliveries: one recipient of one message, with its status and why.

pub mod status;
