//! Charts of lines as SVG, without a script: how a value changes. Colours are the page's, by class.

use std::fmt::Write;

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;

/// A chart.
#[derive(Default)]
pub struct Chart<'a> {
    /// What it shows, for those who cannot see it.
    pub about: &'a str,
    /// Marks along the bottom: where, in 0 to 1, and what is written there.
    pub across: Vec<(f64, String)>,
    /// The same along the side.
    pub up: Vec<(f64, String)>,
    /// The lines, in the order of the page's colours: points in 0 to 1.
    pub lines: Vec<Vec<(f64, f64)>>,
    /// Dots: where, in 0 to 1, how large, and what they tell.
    pub dots: Vec<Dot>,
    /// A place along the bottom that is marked, in 0 to 1, and what is written there.
    pub mark: Option<(f64, String)>,
}

/// A dot on a chart.
pub struct Dot {
    /// Along the bottom, in 0 to 1.
    pub across: f64,
    /// Along the side, in 0 to 1.
    pub up: f64,
    /// Its radius, in pixels.
    pub size: f64,
    /// What it tells.
    pub about: String,
}

impl Chart<'_> {
    /// The picture.
    pub fn svg(&self) -> String {
        let mut svg = format!(
            r#"<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{}">"#,
            escaped(self.about)
        );
        // Writing to a string cannot fail.
        for (at, words) in &self.up {
            let (y, end) = (y(*at), WIDTH - RIGHT);
            let _ = write!(svg, r#"<path class="grid" d="M{LEFT} {y:.1}H{end}"/>"#);
            let _ = write!(svg, r#"<text class="up" x="{}" y="{:.1}">{words}</text>"#, LEFT - 6.0, y + 4.0);
        }
        for (at, words) in &self.across {
            let (x, foot) = (x(*at), HEIGHT - BOTTOM);
            let _ = write!(svg, r#"<path class="grid" d="M{x:.1} {TOP}V{foot}"/>"#);
            let _ = write!(svg, r#"<text class="across" x="{x:.1}" y="{}">{words}</text>"#, HEIGHT - 8.0);
        }
        for (number, points) in self.lines.iter().enumerate() {
            let _ = write!(svg, r#"<path class="line line-{number}" d=""#);
            for (point, (across, up)) in points.iter().enumerate() {
                let _ = write!(svg, "{}{:.1} {:.1}", if point == 0 { 'M' } else { 'L' }, x(*across), y(*up));
            }
            svg.push_str(r#""/>"#);
        }
        for dot in &self.dots {
            let (x, y, about) = (x(dot.across), y(dot.up), escaped(&dot.about));
            let _ = write!(svg, r#"<circle class="dot" cx="{x:.1}" cy="{y:.1}" r="{:.1}">"#, dot.size);
            let _ = write!(svg, "<title>{about}</title></circle>");
        }
        if let Some((at, words)) = &self.mark {
            let (x, foot) = (x(*at), HEIGHT - BOTTOM);
            let (side, beside) = if *at > 0.5 { ("end", x - 5.0) } else { ("start", x + 5.0) };
            let _ = write!(svg, r#"<path class="mark" d="M{x:.1} {TOP}V{foot}"/>"#);
            let words = escaped(words);
            let _ = write!(
                svg,
                r#"<text class="mark-{side}" x="{beside:.1}" y="{:.1}">{words}</text>"#,
                (TOP + foot) / 2.0
            );
        }
        svg + "</svg>"
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

fn x(at: f64) -> f64 {
    LEFT + at.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
}

fn y(at: f64) -> f64 {
    HEIGHT - BOTTOM - at.clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM)
}

/// Round values from 0 up to `most` or a little more, four to six of them.
pub fn rounds(most: f64) -> Vec<f64> {
    let most = if most > 0.0 { most } else { 1.0 };
    let power = 10_f64.powf((most / 4.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step * 5.0 >= most);
    let step = step.unwrap_or(10.0 * power);
    let mut values = vec![0.0];
    while values.last().is_some_and(|last| *last < most) && values.len() < 12 {
        values.push(values.last().copied().unwrap_or_default() + step);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_round_and_reaches_the_top() {
        assert_eq!(rounds(9.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(rounds(0.0).len(), 6);
        for most in [0.3, 1.0, 37.0, 12_345.0] {
            let values = rounds(most);
            assert!((3..=7).contains(&values.len()) && values.last().unwrap() >= &most, "{values:?}");
        }
    }

    #[test]
    fn points_lie_inside_whatever_they_are() {
        let chart = Chart {
            about: "a \"b\" <c>",
            across: vec![(0.5, "1 s".into())],
            up: vec![(0.0, "0".into())],
            lines: vec![vec![(0.0, 0.0), (1.0, 7.0)]],
            dots: vec![Dot { across: 0.5, up: -3.0, size: 4.0, about: "a < b".into() }],
            mark: Some((0.75, "here".into())),
        };
        let svg = chart.svg();
        assert!(svg.contains(r#"cy="204.0" r="4.0"><title>a &lt; b</title>"#), "{svg}");
        assert!(svg.contains(r#"<text class="mark-end" x="312.5""#), "{svg}");
        assert!(svg.contains(r#"aria-label="a &quot;b&quot; &lt;c>""#));
        assert!(svg.contains(r#"d="M46.0 204.0L408.0 12.0""#), "{svg}");
    }
}
