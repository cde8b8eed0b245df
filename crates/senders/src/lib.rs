//! senders
