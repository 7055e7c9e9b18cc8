//! From text to a tree of what was written; what the names mean is decided elsewhere.

/// An error before the whole text is added to it.
pub(super) struct Problem {
    pub(super) position: usize,
    pub(super) message: String,
}

pub(super) fn fail<T>(position: usize, message: impl Into<String>) -> Result<T, Problem> {
    Err(Problem {
        position,
        message: message.into(),
    })
}

/// Reads a whole filter.
pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    let tokens = tokenize(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        depth: 0,
        end: text.chars().count() + 1,
    };
    let node = parser.or()?;
    match parser.tokens.get(parser.at) {
        None => Ok(node),
        Some((position, token)) => fail(*position, format!("{} was not expected", token.show())),
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(super) fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A word as written: a name, a keyword or a number.
    Word(String),
    /// `{name}`.
    Braced(String),
    /// `"text"`.
    Quoted(String),
    Comparison(Comparison),
    /// `+ - * / ^ ( )`.
    Symbol(char),
}

impl Token {
    fn show(&self) -> String {
        match self {
            Self::Word(text) | Self::Braced(text) | Self::Quoted(text) => format!("`{text}`"),
            Self::Comparison(_) => "this comparison".to_owned(),
            Self::Symbol(symbol) => format!("`{symbol}`"),
        }
    }
}

fn tokenize(text: &str) -> Result<Vec<(usize, Token)>, Problem> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let position = at + 1;
        at += 1;
        let token = match c {
            _ if c.is_whitespace() => continue,
            '<' | '>' | '=' | '!' | '≤' | '≥' | '≠' => {
                let equal = chars.get(at) == Some(&'=');
                at += usize::from(equal && c.is_ascii());
                Token::Comparison(match (c, equal) {
                    ('<', false) => Comparison::Less,
                    ('<', true) | ('≤', _) => Comparison::LessOrEqual,
                    ('>', false) => Comparison::Greater,
                    ('>', true) | ('≥', _) => Comparison::GreaterOrEqual,
                    ('=', _) => Comparison::Equal,
                    ('!', true) | ('≠', _) => Comparison::NotEqual,
                    _ => return fail(position, "`!` stands for nothing alone; expected `!=` or `not`"),
                })
            }
            '+' | '-' | '*' | '/' | '^' | '(' | ')' => Token::Symbol(c),
            '−' => Token::Symbol('-'),
            '×' | '·' => Token::Symbol('*'),
            '"' | '\'' | '{' => {
                let close = if c == '{' { '}' } else { c };
                let Some(length) = chars[at..].iter().position(|&found| found == close) else {
                    return fail(position, format!("`{c}` opens here and `{close}` never follows"));
                };
                let inside: String = chars[at..at + length].iter().collect();
                at += length + 1;
                if c == '{' {
                    Token::Braced(inside)
                } else {
                    Token::Quoted(inside)
                }
            }
            _ if is_word(c) => {
                while let Some(&next) = chars.get(at) {
                    // The sign of an exponent belongs to the number: `1e+21`.
                    let exponent = matches!(next, '+' | '-')
                        && chars[at - 1].eq_ignore_ascii_case(&'e')
                        && chars.get(at + 1).is_some_and(char::is_ascii_digit)
                        && chars[position - 1..at - 1]
                            .iter()
                            .all(|d| d.is_ascii_digit() || *d == '.' || *d == '_')
                        && at > position;
                    if !is_word(next) && !exponent {
                        break;
                    }
                    at += 1;
                }
                Token::Word(chars[position - 1..at].iter().collect())
            }
            _ => return fail(position, format!("`{c}` was not expected")),
        };
        tokens.push((position, token));
    }
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '%' | '@' | ':' | '#' | '$')
}

/// What was written, before it is known what the names mean.
pub(super) struct Node {
    pub(super) position: usize,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Word(String),
    Braced(String),
    Quoted(String),
    Negate(Box<Node>),
    Arithmetic(char, Box<Node>, Box<Node>),
    Compare(Box<Node>, Vec<(Comparison, Node)>),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
}

struct Parser<'a> {
    tokens: &'a [(usize, Token)],
    at: usize,
    depth: usize,
    /// Position after the last character.
    end: usize,
}

/// Nested operators in one filter; more is a mistake, and would exhaust the stack.
const MAX_DEPTH: usize = 100;

impl Parser<'_> {
    fn position(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |(position, _)| *position)
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some((_, Token::Word(text))) if text.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn symbol(&mut self, symbols: &[char]) -> Option<char> {
        match self.tokens.get(self.at) {
            Some((_, Token::Symbol(symbol))) if symbols.contains(symbol) => {
                self.at += 1;
                Some(*symbol)
            }
            _ => None,
        }
    }

    fn or(&mut self) -> Result<Node, Problem> {
        self.joined("or", Kind::Any, |parser| parser.joined("and", Kind::All, Self::not))
    }

    fn joined(
        &mut self,
        word: &str,
        join: impl Fn(Vec<Node>) -> Kind,
        mut part: impl FnMut(&mut Self) -> Result<Node, Problem>,
    ) -> Result<Node, Problem> {
        let position = self.position();
        let first = part(self)?;
        if !self.keyword(word) {
            return Ok(first);
        }
        let mut parts = vec![first, part(self)?];
        while self.keyword(word) {
            parts.push(part(self)?);
        }
        Ok(Node {
            position,
            kind: join(parts),
        })
    }

    /// Runs one level deeper.
    fn nested(&mut self, parse: impl FnOnce(&mut Self) -> Result<Node, Problem>) -> Result<Node, Problem> {
        if self.depth == MAX_DEPTH {
            return fail(self.position(), "nested too deeply");
        }
        self.depth += 1;
        let node = parse(self);
        self.depth -= 1;
        node
    }

    fn not(&mut self) -> Result<Node, Problem> {
        let position = self.position();
        if !self.keyword("not") {
            return self.compare();
        }
        let kind = Kind::Not(Box::new(self.nested(Self::not)?));
        Ok(Node { position, kind })
    }

    fn compare(&mut self) -> Result<Node, Problem> {
        let position = self.position();
        let first = self.sum()?;
        let mut rest = Vec::new();
        while let Some((_, Token::Comparison(comparison))) = self.tokens.get(self.at) {
            self.at += 1;
            rest.push((*comparison, self.sum()?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        let kind = Kind::Compare(Box::new(first), rest);
        Ok(Node { position, kind })
    }

    fn sum(&mut self) -> Result<Node, Problem> {
        self.chain(&['+', '-'], |parser| parser.chain(&['*', '/'], Self::unary))
    }

    /// Operators of one rank, from left to right. The tree leans left, so its height counts as depth.
    fn chain(
        &mut self,
        symbols: &[char],
        mut part: impl FnMut(&mut Self) -> Result<Node, Problem>,
    ) -> Result<Node, Problem> {
        let mut left = part(self)?;
        let mut height = 0;
        while let Some(operator) = self.symbol(symbols) {
            height += 1;
            if height > MAX_DEPTH {
                return fail(self.position(), "too many terms");
            }
            let position = left.position;
            let right = part(self)?;
            left = Node {
                position,
                kind: Kind::Arithmetic(operator, Box::new(left), Box::new(right)),
            };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Node, Problem> {
        let position = self.position();
        match self.symbol(&['-', '+']) {
            Some('-') => {
                let kind = Kind::Negate(Box::new(self.nested(Self::unary)?));
                Ok(Node { position, kind })
            }
            Some(_) => self.nested(Self::unary),
            None => self.power(),
        }
    }

    fn power(&mut self) -> Result<Node, Problem> {
        let base = self.atom()?;
        if self.symbol(&['^']).is_none() {
            return Ok(base);
        }
        let position = base.position;
        let kind = Kind::Arithmetic('^', Box::new(base), Box::new(self.nested(Self::unary)?));
        Ok(Node { position, kind })
    }

    fn atom(&mut self) -> Result<Node, Problem> {
        let position = self.position();
        if self.symbol(&['(']).is_some() {
            let inside = self.nested(Self::or)?;
            return match self.symbol(&[')']) {
                Some(_) => Ok(inside),
                None => fail(self.position(), "expected `)`"),
            };
        }
        let kind = match self.tokens.get(self.at).map(|(_, token)| token) {
            Some(Token::Word(word)) if ["and", "or", "not"].iter().any(|k| word.eq_ignore_ascii_case(k)) => {
                return fail(position, format!("expected a name or a number before `{word}`"));
            }
            Some(Token::Word(text)) => Kind::Word(text.clone()),
            Some(Token::Braced(text)) => Kind::Braced(text.clone()),
            Some(Token::Quoted(text)) => Kind::Quoted(text.clone()),
            Some(token) => return fail(position, format!("expected a name or a number, found {}", token.show())),
            None => return fail(position, "expected a name or a number"),
        };
        self.at += 1;
        Ok(Node { position, kind })
    }
}
