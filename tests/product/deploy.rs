//! The files that deploy the worker, held against each other, against the settings and the program that they name, and
//! against the schema or checker of each kind.
//!
//! Our own rules give a list of offences: it is empty for the files as they are, and each rule finds an offence that is
//! planted. Each outside checker likewise refuses a planted error. YAML is read by Python, and so are the checkers,
//! from the environment that `DATELINE_VENV` names; what is missing is said in `target/not-run.txt`.

mod compose;
mod files;
mod image;
mod kubernetes;
mod service;
