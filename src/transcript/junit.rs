//! A run of transcripts as JUnit XML, for the servers that build and test: a suite per file, a case per test.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report as Xml, TestCase, TestCaseStatus, TestSuite};

use super::outcome::{Status, TestResult};
use super::report::Report;

/// The XML.
///
/// # Errors
/// The XML cannot be written; what is wrong, in words.
pub fn junit(report: &Report) -> Result<String, String> {
    let mut xml = Xml::new("frontdesk");
    let mut suites: Vec<TestSuite> = Vec::new();
    for test in &report.tests {
        if suites.last().is_none_or(|suite| suite.name.as_str() != &*test.file) {
            suites.push(TestSuite::new(&*test.file));
        }
        if let Some(suite) = suites.last_mut() {
            suite.add_test_case(case(test));
        }
    }
    for suite in &mut suites {
        let time = suite.test_cases.iter().filter_map(|case| case.time).sum();
        suite.set_time(time);
    }
    xml.set_time(suites.iter().filter_map(|suite| suite.time).sum());
    xml.add_test_suites(suites);
    xml.to_string().map_err(|error| error.to_string())
}

fn case(test: &TestResult) -> TestCase {
    let status = match (&test.status, &test.failure) {
        (Status::Skipped(reason), _) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(reason.as_str());
            status
        }
        (_, Some(failure)) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(format!("{} ({}:{})", failure.message, test.file, failure.line));
            let why = failure.why.join("\n");
            status.set_description(format!("{}\nWhy the bot decided so:\n{why}\n", failure.side_by_side));
            status
        }
        _ => TestCaseStatus::success(),
    };
    let mut case = TestCase::new(test.name.as_str(), status);
    case.set_classname(&*test.file);
    case.set_time(Duration::try_from_secs_f64(test.millis / 1000.0).unwrap_or_default());
    case
}
