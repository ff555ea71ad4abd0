import Foundation

print("rl")
