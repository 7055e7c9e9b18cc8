//! From text to a tree.
//!
//! ```text
//! sum      = product (("+" | "-") product)*
//! product  = signed (("*" | "/") signed)*
//! signed   = ("-" | "+") signed | power
//! power    = atom ("^" signed)?                     right-associative: a^b^c = a^(b^c), -a^2 = -(a^2), a^-b = a^(-b)
//! atom     = number | "pi" | name | "{" any name "}" | function "(" sum ("," sum)* ")" | "(" sum ")"
//! ```

use super::FormulaError;

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    Number(f64),
    /// A column or a parameter.
    Name(String),
    Unary(Unary, Box<Tree>),
    Binary(Binary, Box<Tree>, Box<Tree>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Unary {
    Negate,
    Exp,
    Log,
    Log10,
    Sqrt,
    Abs,
    Sin,
    Cos,
    Tan,
    Atan,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Least,
    Greatest,
}

const UNARY: [(&str, Unary); 9] = [
    ("exp", Unary::Exp),
    ("log", Unary::Log),
    ("log10", Unary::Log10),
    ("sqrt", Unary::Sqrt),
    ("abs", Unary::Abs),
    ("sin", Unary::Sin),
    ("cos", Unary::Cos),
    ("tan", Unary::Tan),
    ("atan", Unary::Atan),
];
/// These take two arguments or more.
const MANY: [(&str, Binary); 2] = [("min", Binary::Least), ("max", Binary::Greatest)];

/// Parentheses within parentheses, and numbers, names and signs in all: trees are walked by recursion.
const DEEPEST: usize = 200;
const LONGEST: usize = 2000;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(f64),
    Word(String),
    Braced(String),
    Symbol(char),
}

impl Token {
    fn show(&self) -> String {
        match self {
            Self::Number(value) => format!("the number {value}"),
            Self::Word(word) => format!("`{word}`"),
            Self::Braced(name) => format!("`{{{name}}}`"),
            Self::Symbol(symbol) => format!("`{symbol}`"),
        }
    }
}

struct Problem {
    /// 1-based, in characters.
    position: usize,
    message: String,
}

fn fail<T>(position: usize, message: impl Into<String>) -> Result<T, Problem> {
    Err(Problem {
        position,
        message: message.into(),
    })
}

/// Reads a whole formula.
pub(super) fn parse(text: &str) -> Result<Tree, FormulaError> {
    whole(text).map_err(|Problem { position, message }| FormulaError {
        text: text.to_owned(),
        position,
        message,
    })
}

fn whole(text: &str) -> Result<Tree, Problem> {
    let mut parser = Parser {
        tokens: tokenize(text)?,
        at: 0,
        depth: 0,
        end: text.chars().count() + 1,
    };
    let tree = parser.sum()?;
    let (position, Some(token)) = parser.here() else {
        return Ok(tree);
    };
    match token {
        Token::Symbol(')') => fail(position, "this `)` closes nothing"),
        Token::Symbol(',') => fail(
            position,
            "a `,` stands between the arguments of a function; decimals are written with a point",
        ),
        Token::Symbol('=') => fail(position, "give the right-hand side alone; `--y` names the other side"),
        token => fail(
            position,
            format!("{} was not expected here; a product is written with `*`", token.show()),
        ),
    }
}

fn tokenize(text: &str) -> Result<Vec<(usize, Token)>, Problem> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = vec![];
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let start = at;
        let position = start + 1;
        at += 1;
        let token = match c {
            _ if c.is_whitespace() => continue,
            '*' if chars.get(at) == Some(&'*') => {
                at += 1;
                Token::Symbol('^')
            }
            '+' | '-' | '*' | '/' | '^' | '(' | ')' | ',' | '=' => Token::Symbol(c),
            '−' => Token::Symbol('-'),
            '×' | '·' => Token::Symbol('*'),
            '{' => {
                let Some(length) = chars[at..].iter().position(|&found| found == '}') else {
                    return fail(position, "`{` opens a name here and `}` never follows");
                };
                let name: String = chars[at..at + length].iter().collect();
                at += length + 1;
                if name.is_empty() {
                    return fail(position, "there is no name within `{}`");
                }
                Token::Braced(name)
            }
            '0'..='9' | '.' => {
                at = end_of_number(&chars, start);
                let digits: String = chars[start..at].iter().collect();
                match digits.parse::<f64>() {
                    Ok(value) if value.is_finite() => Token::Number(value),
                    _ => return fail(position, format!("`{digits}` is no number")),
                }
            }
            _ if c.is_alphabetic() || c == '_' => {
                while chars
                    .get(at)
                    .is_some_and(|&c| c.is_alphanumeric() || c == '_' || c == '.')
                {
                    at += 1;
                }
                Token::Word(chars[start..at].iter().collect())
            }
            _ => {
                return fail(
                    position,
                    format!("`{c}` has no meaning in a formula; names with it are written `{{name}}`"),
                );
            }
        };
        if tokens.len() == LONGEST {
            return fail(position, format!("longer than {LONGEST} numbers, names and signs"));
        }
        tokens.push((position, token));
    }
    Ok(tokens)
}

/// Digits, a point, an exponent where digits follow.
fn end_of_number(chars: &[char], start: usize) -> usize {
    let digits = |mut at: usize| {
        while chars.get(at).is_some_and(char::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut at = digits(start);
    if chars.get(at) == Some(&'.') {
        at = digits(at + 1);
    }
    if chars.get(at).is_some_and(|c| c.eq_ignore_ascii_case(&'e')) {
        let signed = at + 1 + usize::from(matches!(chars.get(at + 1), Some('+' | '-')));
        if chars.get(signed).is_some_and(char::is_ascii_digit) {
            return digits(signed);
        }
    }
    at
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
    /// Position after the last character.
    end: usize,
}

impl Parser {
    fn here(&self) -> (usize, Option<Token>) {
        match self.tokens.get(self.at) {
            Some((position, token)) => (*position, Some(token.clone())),
            None => (self.end, None),
        }
    }

    fn next_is(&mut self, symbol: char) -> bool {
        let found = matches!(self.tokens.get(self.at), Some((_, Token::Symbol(s))) if *s == symbol);
        self.at += usize::from(found);
        found
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Problem>) -> Result<T, Problem> {
        if self.depth == DEEPEST {
            return fail(self.here().0, format!("nested more than {DEEPEST} deep"));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn sum(&mut self) -> Result<Tree, Problem> {
        let mut left = self.product()?;
        loop {
            let operation = if self.next_is('+') {
                Binary::Add
            } else if self.next_is('-') {
                Binary::Subtract
            } else {
                return Ok(left);
            };
            left = Tree::Binary(operation, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Tree, Problem> {
        let mut left = self.signed()?;
        loop {
            let operation = if self.next_is('*') {
                Binary::Multiply
            } else if self.next_is('/') {
                Binary::Divide
            } else {
                return Ok(left);
            };
            left = Tree::Binary(operation, Box::new(left), Box::new(self.signed()?));
        }
    }

    fn signed(&mut self) -> Result<Tree, Problem> {
        if self.next_is('-') {
            let inner = self.deeper(Self::signed)?;
            return Ok(Tree::Unary(Unary::Negate, Box::new(inner)));
        }
        if self.next_is('+') {
            return self.deeper(Self::signed);
        }
        let base = self.atom()?;
        if self.next_is('^') {
            let exponent = self.deeper(Self::signed)?;
            return Ok(Tree::Binary(Binary::Power, Box::new(base), Box::new(exponent)));
        }
        Ok(base)
    }

    fn atom(&mut self) -> Result<Tree, Problem> {
        let (position, token) = self.here();
        self.at += 1;
        match token {
            Some(Token::Number(value)) => Ok(Tree::Number(value)),
            Some(Token::Braced(name)) => Ok(Tree::Name(name)),
            Some(Token::Word(word)) => {
                if self.next_is('(') {
                    self.call(&word, position)
                } else if word == "pi" {
                    Ok(Tree::Number(std::f64::consts::PI))
                } else if is_function(&word) {
                    fail(position, format!("`{word}` is a function: expected `{word}(…)`"))
                } else {
                    Ok(Tree::Name(word))
                }
            }
            Some(Token::Symbol('(')) => {
                let inner = self.deeper(Self::sum)?;
                self.close(position)?;
                Ok(inner)
            }
            Some(token) => fail(
                position,
                format!(
                    "{} was not expected here; expected a number, a name or `(`",
                    token.show()
                ),
            ),
            None => fail(position, "the formula ends where a number, a name or `(` was expected"),
        }
    }

    fn call(&mut self, name: &str, position: usize) -> Result<Tree, Problem> {
        if !is_function(name) {
            let hint = if name == "ln" {
                "the natural logarithm is `log`".to_owned()
            } else {
                let names: Vec<&str> = UNARY.iter().map(|u| u.0).chain(MANY.iter().map(|m| m.0)).collect();
                format!(
                    "there are {}. A product is written with `*`: `{name}*(…)`",
                    names.join(", ")
                )
            };
            return fail(position, format!("`{name}` is no function; {hint}"));
        }
        let mut arguments = vec![self.deeper(Self::sum)?];
        while self.next_is(',') {
            arguments.push(self.deeper(Self::sum)?);
        }
        self.close(position)?;
        let given = arguments.len();
        let mut arguments = arguments.into_iter();
        let first = arguments.next().map(Box::new);
        match (
            first,
            UNARY.iter().find(|u| u.0 == name),
            MANY.iter().find(|m| m.0 == name),
        ) {
            (Some(argument), Some(&(_, function)), _) if given == 1 => Ok(Tree::Unary(function, argument)),
            (Some(first), _, Some(&(_, function))) if given > 1 => Ok(arguments.fold(*first, |left, right| {
                Tree::Binary(function, Box::new(left), Box::new(right))
            })),
            (_, Some(_), _) => fail(position, format!("`{name}` takes one argument, not {given}")),
            _ => fail(position, format!("`{name}` takes two arguments or more")),
        }
    }

    fn close(&mut self, opened: usize) -> Result<(), Problem> {
        if self.next_is(')') {
            return Ok(());
        }
        match self.here() {
            (_, None) => fail(opened, "what opens here is never closed: a `)` is missing"),
            (position, Some(token)) => fail(
                position,
                format!("{} was not expected here; a product is written with `*`", token.show()),
            ),
        }
    }
}

fn is_function(word: &str) -> bool {
    UNARY.iter().any(|u| u.0 == word) || MANY.iter().any(|m| m.0 == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> (usize, String) {
        let error = parse(text).unwrap_err();
        (error.position, error.message)
    }

    /// Every operation in parentheses.
    fn shown(tree: &Tree) -> String {
        match tree {
            Tree::Number(value) => value.to_string(),
            Tree::Name(name) => name.clone(),
            Tree::Unary(Unary::Negate, inner) => format!("(-{})", shown(inner)),
            Tree::Unary(function, inner) => format!("{function:?}({})", shown(inner)),
            Tree::Binary(operation, left, right) => {
                let symbol = match operation {
                    Binary::Add => "+",
                    Binary::Subtract => "-",
                    Binary::Multiply => "*",
                    Binary::Divide => "/",
                    Binary::Power => "^",
                    Binary::Least => "min",
                    Binary::Greatest => "max",
                };
                format!("({}{symbol}{})", shown(left), shown(right))
            }
        }
    }

    #[test]
    fn operators_bind_as_on_paper() {
        for (text, expected) in [
            ("a+b*c^d", "(a+(b*(c^d)))"),
            ("a^b^c", "(a^(b^c))"),
            ("-a^2", "(-(a^2))"),
            ("a^-b^c", "(a^(-(b^c)))"),
            ("a-b-c", "((a-b)-c)"),
            ("a/b*c", "((a/b)*c)"),
            ("--a + +b", "((-(-a))+b)"),
            ("2*-x", "(2*(-x))"),
            ("x**2", "(x^2)"),
            ("1.5e-3*e", "(0.0015*e)"),
            (".5e", "?"),
            ("min(a, b, 3)", "((aminb)min3)"),
            ("{eval/loss} − log10(x)·2", "(eval/loss-(Log10(x)*2))"),
        ] {
            match parse(text) {
                Ok(tree) => assert_eq!(shown(&tree), expected, "{text}"),
                Err(error) => assert_eq!(expected, "?", "{error}"),
            }
        }
        assert_eq!(parse("pi").unwrap(), Tree::Number(std::f64::consts::PI));
        assert_eq!(parse("{pi}").unwrap(), Tree::Name("pi".into()));
    }

    #[test]
    fn errors_say_where_and_what_to_do() {
        assert_eq!(error("b1*(1-exp(-b2*x)").0, 4);
        assert_eq!(
            error("2x"),
            (2, "`x` was not expected here; a product is written with `*`".into())
        );
        assert!(error("b1*").1.starts_with("the formula ends"));
        assert_eq!(error("b1*").0, 4);
        assert_eq!(error("").0, 1);
        assert_eq!(error("a)"), (2, "this `)` closes nothing".into()));
        assert!(error("exp + 1").1.starts_with("`exp` is a function"));
        assert!(error("ln(x)").1.ends_with("the natural logarithm is `log`"));
        assert!(error("b1(x)").1.contains("`b1*(…)`"));
        assert_eq!(error("exp(a, b)").1, "`exp` takes one argument, not 2");
        assert_eq!(error("min(a)").1, "`min` takes two arguments or more");
        assert!(error("a % b").1.contains("{name}"));
        assert!(error("{a").1.contains("never follows"));
        assert!(error("y = a*x").1.contains("right-hand side"));
        assert!(error("1,5*x").1.contains("decimals"));
        assert!(error("1e999").1.contains("no number"));
        assert!(error(&"(".repeat(500)).1.contains("nested"));
        assert!(error(&"-".repeat(500)).1.contains("nested"));
        assert!(error(&"a+".repeat(5000)).1.contains("longer"));
    }
}
