//! What is printed: tables of figures, and at the end each goal with whether it was reached.

use anyhow::{Result, bail};

/// Lines with columns of one width.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Begins with the columns' names.
    pub(crate) fn new<const N: usize>(names: [&str; N]) -> Self {
        Self {
            rows: vec![names.map(str::to_owned).to_vec()],
        }
    }

    /// Adds a line.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// Prints it in the form that Markdown shows as a table.
    pub(crate) fn print(&self) {
        println!("{}", self.text());
    }

    fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for (at, row) in self.rows.iter().enumerate() {
            for (column, width) in widths.iter().enumerate() {
                let cell = row.get(column).map_or("", String::as_str);
                let space = width - cell.chars().count();
                text.push_str(&format!("| {cell}{:space$} ", ""));
            }
            text.push_str("|\n");
            if at == 0 {
                for width in &widths {
                    text.push_str(&format!("|{:-<1$}", "", width + 2));
                }
                text.push_str("|\n");
            }
        }
        text
    }
}

/// Which side of the goal is the good one.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// As much as this, or more.
    AtLeast(f64),
    /// As much as this, or less.
    AtMost(f64),
}

impl Goal {
    fn is_reached(self, found: f64) -> bool {
        match self {
            Self::AtLeast(goal) => found >= goal,
            Self::AtMost(goal) => found <= goal,
        }
    }
}

/// The goals, and what was found.
#[derive(Default)]
pub(crate) struct Goals {
    rows: Vec<[String; 4]>,
    missed: usize,
}

impl Goals {
    /// Compares `found` with `goal`; `show` writes both as people read them. Without a figure,
    /// because what it compares with could not run, the goal stays open.
    pub(crate) fn compare(
        &mut self,
        what: &str,
        found: Option<f64>,
        goal: Goal,
        show: impl Fn(f64) -> String,
    ) {
        let bound = match goal {
            Goal::AtLeast(bound) => format!("at least {}", show(bound)),
            Goal::AtMost(bound) => format!("at most {}", show(bound)),
        };
        let (figure, verdict) = match found.filter(|found| found.is_finite()) {
            None => ("-".to_owned(), "not measured"),
            Some(found) if goal.is_reached(found) => (show(found), "reached"),
            Some(found) => {
                self.missed += 1;
                (show(found), "NOT reached")
            }
        };
        self.rows
            .push([what.to_owned(), figure, bound, verdict.to_owned()]);
    }

    /// Prints them.
    ///
    /// # Errors
    /// When one was measured and not reached.
    pub(crate) fn print(self) -> Result<()> {
        let mut table = Table::new(["figure", "found", "goal", ""]);
        for row in self.rows {
            table.row(row);
        }
        println!("\nGoals\n");
        table.print();
        match self.missed {
            0 => Ok(()),
            1 => bail!("one goal was not reached"),
            missed => bail!("{missed} goals were not reached"),
        }
    }
}

/// How often one thing is another: `1.62 x`.
pub(crate) fn times(ratio: f64) -> String {
    format!("{ratio:.2} x")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(["a", "time"]);
        table.row(["long".to_owned(), "5 µs".to_owned()]);
        assert_eq!(
            table.text(),
            "| a    | time |\n|------|------|\n| long | 5 µs |\n"
        );
    }

    #[test]
    fn a_goal_is_reached_on_its_own_side_only() {
        let mut goals = Goals::default();
        goals.compare("rate", Some(1.7), Goal::AtLeast(1.6), times);
        goals.compare("rate", Some(1.5), Goal::AtLeast(1.6), times);
        goals.compare("memory", Some(1.5), Goal::AtMost(1.6), times);
        goals.compare("memory", None, Goal::AtMost(1.6), times);
        goals.compare("memory", Some(f64::NAN), Goal::AtMost(1.6), times);
        let verdicts: Vec<&str> = goals.rows.iter().map(|row| row[3].as_str()).collect();
        assert_eq!(
            verdicts,
            [
                "reached",
                "NOT reached",
                "reached",
                "not measured",
                "not measured"
            ]
        );
        assert_eq!(goals.missed, 1, "what was not measured is not missed");
        assert!(goals.print().is_err());
        assert!(Goals::default().print().is_ok());
    }
}
