//! The native suite: the whole pipeline over ports in memory, through the real router.

mod support;

mod openapi;
mod ingest;
mod kept;
mod curate;
mod judge;
mod kinds;
mod canaries;
mod rejudge;
mod scorers;
mod hostile;
mod step;
mod streaming;
mod gemini;
mod simulation;
mod estimate;
mod events;
mod report;
mod slices;
mod topics;
mod labels;
mod views;
mod compare;
mod gate;
mod access;
mod vouched;
mod audit;
mod addresses;
mod limits;
mod mangled;
mod bad_input;
mod contract;
mod plans;
mod growth;
mod tidy;
