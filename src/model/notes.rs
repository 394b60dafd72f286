//! The one mutable thing that stages share: what they could not do.

use super::{Issue, IssueKind, Span, Stage};

/// Issues of one article, in the order found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    issues: Vec<Issue>,
}

impl Notes {
    /// Files an issue.
    pub fn issue(&mut self, stage: Stage, kind: IssueKind, span: Option<Span>) {
        self.issues.push(Issue { stage, kind, span });
    }

    /// The issues so far.
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// Gives the issues away.
    pub fn into_issues(self) -> Vec<Issue> {
        self.issues
    }
}
