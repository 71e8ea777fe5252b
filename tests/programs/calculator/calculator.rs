//! Evaluates one expression a line, over integers of any size: + - * / % ^ ! ( ) and names that `name = …` defines.
//! Faulty lines are reported; the exit code is their number.
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead};

const BASE: u64 = 1_000_000_000;

#[derive(Clone, PartialEq)]
struct Int {
    negative: bool,
    /// Least significant first, each below BASE; none for zero.
    digits: Vec<u32>,
}

impl Int {
    fn new(negative: bool, mut digits: Vec<u32>) -> Int {
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Int { negative: negative && !digits.is_empty(), digits }
    }

    fn small(value: u32) -> Int {
        Int::new(false, vec![value % BASE as u32, value / BASE as u32])
    }

    fn negate(&self) -> Int {
        Int::new(!self.negative, self.digits.clone())
    }

    fn add(&self, other: &Int) -> Int {
        if self.negative == other.negative {
            return Int::new(self.negative, sum(&self.digits, &other.digits));
        }
        match compare(&self.digits, &other.digits) {
            std::cmp::Ordering::Less => Int::new(other.negative, difference(&other.digits, &self.digits)),
            _ => Int::new(self.negative, difference(&self.digits, &other.digits)),
        }
    }

    fn multiply(&self, other: &Int) -> Int {
        let mut product = vec![0u32; self.digits.len() + other.digits.len() + 1];
        for (i, &a) in self.digits.iter().enumerate() {
            let mut carry = 0u64;
            for (j, &b) in other.digits.iter().enumerate() {
                let t = a as u64 * b as u64 + product[i + j] as u64 + carry;
                product[i + j] = (t % BASE) as u32;
                carry = t / BASE;
            }
            product[i + other.digits.len()] += carry as u32;
        }
        Int::new(self.negative != other.negative, product)
    }

    /// Quotient towards zero and the remainder that goes with it.
    fn divide(&self, other: &Int) -> Result<(Int, Int), String> {
        if other.digits.is_empty() {
            return Err("division by zero".into());
        }
        let mut rest = Int::new(false, vec![]);
        let mut quotient = vec![0u32; self.digits.len()];
        let divisor = Int::new(false, other.digits.clone());
        for i in (0..self.digits.len()).rev() {
            rest.digits.insert(0, self.digits[i]);
            rest = Int::new(false, rest.digits);
            let (mut low, mut high) = (0u32, BASE as u32 - 1);
            while low < high {
                let middle = low + (high - low + 1) / 2;
                let fits = compare(&divisor.multiply(&Int::small(middle)).digits, &rest.digits);
                if fits == std::cmp::Ordering::Greater {
                    high = middle - 1;
                } else {
                    low = middle;
                }
            }
            rest = Int::new(false, difference(&rest.digits, &divisor.multiply(&Int::small(low)).digits));
            quotient[i] = low;
        }
        Ok((Int::new(self.negative != other.negative, quotient), Int::new(self.negative, rest.digits)))
    }

    fn count(&self, most: u32) -> Result<u32, String> {
        match (self.negative, self.digits.as_slice()) {
            (false, []) => Ok(0),
            (false, [n]) if *n <= most => Ok(*n),
            _ => Err(format!("{} is not between 0 and {}", self, most)),
        }
    }
}

fn compare(a: &[u32], b: &[u32]) -> std::cmp::Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

fn sum(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut carry = 0u64;
    let mut out = Vec::new();
    for i in 0..a.len().max(b.len()) + 1 {
        let t = *a.get(i).unwrap_or(&0) as u64 + *b.get(i).unwrap_or(&0) as u64 + carry;
        out.push((t % BASE) as u32);
        carry = t / BASE;
    }
    out
}

/// a − b, for a ≥ b.
fn difference(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut borrow = 0i64;
    let mut out = Vec::new();
    for i in 0..a.len() {
        let t = a[i] as i64 - *b.get(i).unwrap_or(&0) as i64 - borrow;
        borrow = (t < 0) as i64;
        out.push((t + borrow * BASE as i64) as u32);
    }
    out
}

impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut text = String::new();
        for (i, digit) in self.digits.iter().rev().enumerate() {
            text += &if i == 0 { format!("{}", digit) } else { format!("{:09}", digit) };
        }
        write!(f, "{}{}", if self.negative { "-" } else { "" }, if text.is_empty() { "0" } else { &text })
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    names: &'a BTreeMap<String, Int>,
}

impl Parser<'_> {
    fn peek(&mut self) -> u8 {
        while self.text.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        *self.text.get(self.at).unwrap_or(&0)
    }

    fn take(&mut self, c: u8) -> bool {
        let found = self.peek() == c;
        self.at += found as usize;
        found
    }

    fn sum(&mut self) -> Result<Int, String> {
        let mut value = self.product()?;
        loop {
            if self.take(b'+') {
                value = value.add(&self.product()?);
            } else if self.take(b'-') {
                value = value.add(&self.product()?.negate());
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self) -> Result<Int, String> {
        let mut value = self.power()?;
        loop {
            if self.take(b'*') {
                value = value.multiply(&self.power()?);
            } else if self.take(b'/') {
                value = value.divide(&self.power()?)?.0;
            } else if self.take(b'%') {
                value = value.divide(&self.power()?)?.1;
            } else {
                return Ok(value);
            }
        }
    }

    fn power(&mut self) -> Result<Int, String> {
        if self.take(b'-') {
            return Ok(self.power()?.negate());
        }
        let mut base = self.postfix()?;
        if !self.take(b'^') {
            return Ok(base);
        }
        let mut exponent = self.power()?.count(10_000)?;
        let mut value = Int::small(1);
        while exponent > 0 {
            if exponent & 1 == 1 {
                value = value.multiply(&base);
            }
            base = base.multiply(&base);
            exponent >>= 1;
        }
        Ok(value)
    }

    fn postfix(&mut self) -> Result<Int, String> {
        let mut value = self.atom()?;
        while self.take(b'!') {
            let n = value.count(3_000)?;
            value = (2..=n).fold(Int::small(1), |product, i| product.multiply(&Int::small(i)));
        }
        Ok(value)
    }

    fn atom(&mut self) -> Result<Int, String> {
        if self.take(b'(') {
            let value = self.sum()?;
            return if self.take(b')') { Ok(value) } else { Err(format!("')' expected at {}", self.at + 1)) };
        }
        self.peek();
        let start = self.at;
        while self.text.get(self.at).map_or(false, |c| c.is_ascii_alphanumeric()) {
            self.at += 1;
        }
        let word = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
        if word.is_empty() {
            return Err(format!("a value expected at {}", start + 1));
        }
        if !word.bytes().all(|c| c.is_ascii_digit()) {
            return self.names.get(&word).cloned().ok_or(format!("{} is not known", word));
        }
        let digits = word.as_bytes().rchunks(9).map(|chunk| std::str::from_utf8(chunk).unwrap().parse().unwrap()).collect();
        Ok(Int::new(false, digits))
    }
}

fn evaluate(line: &str, names: &BTreeMap<String, Int>) -> Result<Int, String> {
    let mut parser = Parser { text: line.as_bytes(), at: 0, names };
    let value = parser.sum()?;
    if parser.peek() == 0 { Ok(value) } else { Err(format!("nothing expected at {}", parser.at + 1)) }
}

fn main() {
    let mut names = BTreeMap::new();
    let mut faults = 0;
    for line in io::stdin().lock().lines() {
        let line = line.expect("readable input");
        if line.trim().is_empty() {
            continue;
        }
        let (name, expression) = match line.find('=') {
            Some(at) => (line[..at].trim().to_string(), &line[at + 1..]),
            None => ("it".to_string(), line.as_str()),
        };
        match evaluate(expression, &names) {
            Ok(value) => {
                println!("{} = {}", name, value);
                names.insert(name, value);
            }
            Err(fault) => {
                println!("{}: {}", line, fault);
                faults += 1;
            }
        }
    }
    std::process::exit(faults);
}
